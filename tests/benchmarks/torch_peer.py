"""The same networks and the same expression in PyTorch, eager, float64, on one thread. Needs torch to be installed."""

import numpy as np
import torch
from torch import nn

from app.engine.optim import Adam
from tests.benchmarks.nets import Net
from tests.benchmarks.scalars import Expression

torch.set_num_threads(1)

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
LOSSES = {"mean_squared_error": nn.functional.mse_loss, "cross_entropy": nn.functional.cross_entropy}


class TorchNet:
    """A Sequential module and an optimizer of torch.optim, used as its tutorials do."""

    def __init__(self, net: Net) -> None:
        modules: list[nn.Module] = []
        self._named: dict[str, nn.Parameter] = {}
        for number in range(1, net.depth + 1):
            linear = nn.Linear(net.sizes[number - 1], net.sizes[number], dtype=torch.float64)
            linear.weight.data = torch.tensor(net.parameters[f"W{number}"])
            linear.bias.data = torch.tensor(net.parameters[f"b{number}"])
            self._named |= {f"W{number}": linear.weight, f"b{number}": linear.bias}
            modules.append(linear)
            if net.activation_of(number) != "identity":
                modules.append(ACTIVATIONS[net.activation_of(number)]())
        self._model, self._loss = nn.Sequential(*modules), LOSSES[net.loss]
        self._x, self._y = torch.tensor(net.x), torch.tensor(net.y)
        kind = torch.optim.Adam if isinstance(net.optimizer, Adam) else torch.optim.SGD
        self._optimizer = kind(self._model.parameters(), lr=net.optimizer.learning_rate)

    def gradients(self) -> dict[str, np.ndarray]:
        return {name: parameter.grad.numpy().copy() for name, parameter in self._named.items()}

    def iterate(self, count: int) -> np.ndarray:
        losses = np.empty(count)
        for iteration in range(count):
            self._optimizer.zero_grad()
            loss = self._loss(self._model(self._x), self._y)
            loss.backward()
            self._optimizer.step()
            losses[iteration] = loss.item()
        return losses


class TorchExpression:
    """The scalar expression as 0-d tensors, one operation a node."""

    def __init__(self, expression: Expression) -> None:
        self._expression = expression
        self._leaves = {id: torch.tensor(value, dtype=torch.float64) for id, value in expression.leaves.items()}
        for id in expression.parameters:
            self._leaves[id].requires_grad_()

    def gradients(self) -> dict[str, float]:
        return {id: self._leaves[id].grad.item() for id in self._expression.parameters}

    def iterate(self, count: int) -> np.ndarray:
        return np.array([self._iteration() for _ in range(count)])

    def _iteration(self) -> float:
        parameters = [self._leaves[id] for id in self._expression.parameters]
        for parameter in parameters:
            parameter.grad = None
        loss = self._expression.evaluate(self._leaves, torch.relu)
        loss.backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter -= self._expression.rate * parameter.grad
        return loss.item()
