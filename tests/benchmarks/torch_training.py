"""A problem's network trained by PyTorch on minibatches: eager, float64, one thread. Needs torch to be installed."""

import numpy as np
import torch
from torch import nn

from app.nn.problem import Problem

torch.set_num_threads(1)

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
F = nn.functional
LOSSES = {
    "mean_squared_error": F.mse_loss,
    "binary_cross_entropy": F.binary_cross_entropy,
    "binary_cross_entropy_with_logits": F.binary_cross_entropy_with_logits,
    "cross_entropy": F.cross_entropy,
}
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}


class TorchTraining:
    """A Sequential module, nn.Dropout and an optimizer of torch.optim; rows are picked out of one tensor."""

    def __init__(self, problem: Problem) -> None:
        self._batches, self._at = problem.batches, 0
        self._named: dict[str, nn.Parameter] = {}
        self._model = nn.Sequential(
            *(module for node in problem.graph.nodes for module in self._modules(problem, node))
        )
        self._loss = LOSSES[problem.loss.name]
        kind = torch.int64 if problem.loss.takes_classes else torch.float64
        self._x, self._y = torch.tensor(self._batches.x), torch.tensor(self._batches.y, dtype=kind)
        rule = problem.optimizer
        self._optimizer = OPTIMIZERS[rule.kind](self._model.parameters(), lr=rule.learning_rate)
        self._epoch, self._order = -1, torch.empty(0)

    def _modules(self, problem: Problem, node) -> list[nn.Module]:
        if node.op == "linear":
            weight, bias = (nn.Parameter(torch.tensor(problem.graph[id].initial)) for id in node.inputs[1:])
            self._named |= dict(zip(node.inputs[1:], (weight, bias), strict=True))
            module = nn.Linear(*reversed(weight.shape), dtype=torch.float64)
            module.weight, module.bias = weight, bias
            return [module]
        if node.op in ACTIVATIONS:
            return [ACTIVATIONS[node.op]()]
        return [nn.Dropout(mask.rate) for mask in problem.noises if mask.id in node.inputs]

    def gradients(self) -> dict[str, np.ndarray]:
        return {id: parameter.grad.numpy().copy() for id, parameter in self._named.items()}

    def iterate(self, count: int) -> np.ndarray:
        losses = np.empty(count)
        for number in range(count):
            x, y = self._batch()
            self._optimizer.zero_grad()
            loss = self._loss(self._model(x), y)
            loss.backward()
            self._optimizer.step()
            losses[number] = loss.item()
        return losses

    def _batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        batches, at = self._batches, self._at
        self._at += 1
        if batches.size is None:
            return self._x, self._y
        if batches.epoch(at) != self._epoch:
            self._epoch = batches.epoch(at)
            self._order = torch.tensor(batches.order(self._epoch))
        start = at % batches.count * batches.size
        rows = self._order[start : start + batches.size]
        return self._x[rows], self._y[rows]
