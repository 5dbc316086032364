"""Dense networks written in NumPy by hand: with every buffer allocated once and `out=`, and as textbooks write them.

The first is as good as we could write it. What measured well: an array's own `dot` beats the function, a bias copied in
and added to beats a broadcast addition, row sums as a product with ones beat a sum, an array of zeros beats a scalar
zero in `maximum`, relu's slope by sign when small and by comparison when large, one flat array of parameters so that
an update is a few calls, Adam's bias corrections moved into the rate and epsilon (Kingma & Ba 2015, end of section 2).
"""

from itertools import pairwise

import numpy as np

from app.engine.optim import Adam
from tests.benchmarks.nets import Net

LARGE = 4096


class Flat:
    """The parameters (or their gradients) of all layers, end to end in one flat array."""

    def __init__(self, net: Net, filled: bool) -> None:
        self.flat = np.zeros(sum(array.size for array in net.parameters.values()))
        self.arrays, start = {}, 0
        for name, array in net.parameters.items():
            self.arrays[name] = self.flat[start : start + array.size].reshape(array.shape)
            if filled:
                self.arrays[name][...] = array
            start += array.size

    def copies(self) -> dict[str, np.ndarray]:
        return {name: array.copy() for name, array in self.arrays.items()}


class Layer:
    """One layer's buffers. When `everything` is kept, each value and gradient has a buffer of its own."""

    def __init__(self, net: Net, number: int, x: np.ndarray, values: Flat, slopes: Flat, everything: bool) -> None:
        shape = (net.batch, net.sizes[number])
        self.activation = net.activation_of(number)
        self.x, self.W, self.b = x, values.arrays[f"W{number}"], values.arrays[f"b{number}"]
        self.WT = self.W.T
        self.product, self.z = np.empty(shape), np.empty(shape)
        identity = self.activation == "identity"
        self.a = self.z if identity or not everything else np.empty(shape)
        self.ga = np.empty(shape)
        self.gz = self.ga if identity or not everything else np.empty(shape)
        self.gW, self.gb = slopes.arrays[f"W{number}"], slopes.arrays[f"b{number}"]
        self.gzT = self.gz.T
        self.gx: np.ndarray | None = None
        self.slope, self.zeros = np.empty(shape), np.zeros(shape)
        self.mask = np.empty(shape, bool) if self.activation == "relu" and self.a.size > LARGE else None
        self.samples = np.ones(net.batch)


def _activate_sigmoid(z, a, zeros):
    np.negative(z, a)
    np.exp(a, a)
    np.add(a, 1.0, a)
    np.reciprocal(a, a)


def _activate_tanh(z, a, zeros):
    np.tanh(z, a)


def _activate_relu(z, a, zeros):
    np.maximum(z, zeros, out=a)


def _slope_sigmoid(layer):
    np.subtract(1.0, layer.a, layer.slope)
    np.multiply(layer.slope, layer.a, layer.slope)
    np.multiply(layer.slope, layer.ga, layer.gz)


def _slope_tanh(layer):
    np.multiply(layer.a, layer.a, layer.slope)
    np.subtract(1.0, layer.slope, layer.slope)
    np.multiply(layer.slope, layer.ga, layer.gz)


def _slope_relu(layer):
    if layer.mask is not None:
        np.greater(layer.a, layer.zeros, layer.mask)
        np.multiply(layer.ga, layer.mask, layer.gz)
    else:
        np.sign(layer.a, layer.slope)
        np.multiply(layer.ga, layer.slope, layer.gz)


ACTIVATE = {"sigmoid": _activate_sigmoid, "tanh": _activate_tanh, "relu": _activate_relu}
SLOPE = {"sigmoid": _slope_sigmoid, "tanh": _slope_tanh, "relu": _slope_relu}


class Preallocated:
    """By hand with `out=`: keeps what training needs or `everything`: all values, all gradients, also of x and y."""

    def __init__(self, net: Net, everything: bool) -> None:
        self.net, self.everything = net, everything
        self.values, self.slopes = Flat(net, filled=True), Flat(net, filled=False)
        self.layers: list[Layer] = []
        x = np.array(net.x)
        for number in range(1, net.depth + 1):
            self.layers.append(Layer(net, number, x, self.values, self.slopes, everything))
            x = self.layers[-1].a
        for below, above in pairwise(self.layers):
            above.gx = below.ga
        if everything:
            self.layers[0].gx = np.empty_like(net.x)
        self.error = CrossEntropy(self) if net.loss == "cross_entropy" else SquaredError(self)
        self.update = AdamUpdate(self) if isinstance(net.optimizer, Adam) else SGDUpdate(self)

    def gradients(self) -> dict[str, np.ndarray]:
        return self.slopes.copies()

    def iterate(self, count: int) -> np.ndarray:
        add = np.add
        losses, backwards = np.empty(count), self.layers[::-1]
        error, update, activations, slopes = self.error, self.update, ACTIVATE, SLOPE
        for iteration in range(count):
            for layer in self.layers:
                layer.x.dot(layer.WT, layer.product)
                layer.z[...] = layer.b
                add(layer.z, layer.product, layer.z)
                if layer.activation != "identity":
                    activations[layer.activation](layer.z, layer.a, layer.zeros)
            losses[iteration] = error()
            for layer in backwards:
                if layer.activation != "identity":
                    slopes[layer.activation](layer)
                layer.gzT.dot(layer.x, layer.gW)
                layer.samples.dot(layer.gz, layer.gb)
                if layer.gx is not None:
                    layer.gz.dot(layer.W, layer.gx)
            update()
        return losses


class SquaredError:
    """Mean squared error over every element, and its gradient with respect to the prediction."""

    def __init__(self, net: Preallocated) -> None:
        last = net.layers[-1]
        self.a, self.y, self.ga = last.a, np.array(net.net.y), last.ga
        self.difference = np.empty_like(self.a)
        self.flat = self.difference.ravel()
        self.share, self.scale = 1 / self.a.size, np.array(2 / self.a.size)
        self.gy = np.empty_like(self.a) if net.everything else None

    def __call__(self) -> float:
        np.subtract(self.a, self.y, self.difference)
        np.multiply(self.difference, self.scale, self.ga)
        if self.gy is not None:
            np.negative(self.ga, self.gy)
        return self.flat.dot(self.flat) * self.share


class CrossEntropy:
    """Cross-entropy of logits with class numbers (which have no gradient), averaged over the batch."""

    def __init__(self, net: Preallocated) -> None:
        last = net.layers[-1]
        self.z, self.ga = last.a, last.ga
        batch, classes = self.z.shape
        self.one_hot = np.eye(classes)[net.net.y]
        self.row, self.column = np.empty((batch, 1)), np.empty((batch, classes))
        self.shifted, self.powers = np.empty_like(self.z), np.empty_like(self.z)
        self.ones, self.totals, self.logs = np.ones(classes), np.empty(batch), np.empty(batch)
        self.samples, self.share = np.ones(batch), np.array(1 / batch)
        self.flat_shifted, self.flat_one_hot = self.shifted.ravel(), self.one_hot.ravel()

    def __call__(self) -> float:
        np.maximum.reduce(self.z, 1, None, self.row, True)
        self.column[...] = self.row
        np.subtract(self.z, self.column, self.shifted)
        np.exp(self.shifted, self.powers)
        self.powers.dot(self.ones, self.totals)
        np.log(self.totals, self.logs)
        self.column[...] = self.totals[:, None]
        np.divide(self.powers, self.column, self.ga)
        np.subtract(self.ga, self.one_hot, self.ga)
        np.multiply(self.ga, self.share, self.ga)
        return (self.samples.dot(self.logs) - self.flat_shifted.dot(self.flat_one_hot)) * float(self.share)


class SGDUpdate:
    def __init__(self, net: Preallocated) -> None:
        self.w, self.g = net.values.flat, net.slopes.flat
        self.rate, self.move = np.array(net.net.optimizer.learning_rate), np.empty_like(self.w)

    def __call__(self) -> None:
        np.multiply(self.g, self.rate, self.move)
        np.subtract(self.w, self.move, self.w)


class AdamUpdate:
    def __init__(self, net: Preallocated) -> None:
        self.w, self.g, self.settings = net.values.flat, net.slopes.flat, net.net.optimizer
        self.m, self.v = np.zeros_like(self.w), np.zeros_like(self.w)
        self.share, self.square, self.step = np.empty_like(self.w), np.empty_like(self.w), 0

    def __call__(self) -> None:
        settings, share, square = self.settings, self.share, self.square
        self.step += 1
        root = (1 - settings.beta2**self.step) ** 0.5
        rate = settings.learning_rate * root / (1 - settings.beta1**self.step)
        np.multiply(self.m, settings.beta1, self.m)
        np.multiply(self.g, 1 - settings.beta1, share)
        np.add(self.m, share, self.m)
        np.multiply(self.v, settings.beta2, self.v)
        np.multiply(self.g, self.g, square)
        np.multiply(square, 1 - settings.beta2, square)
        np.add(self.v, square, self.v)
        np.sqrt(self.v, square)
        np.add(square, settings.epsilon * root, square)
        np.divide(self.m, square, share)
        np.multiply(share, rate, share)
        np.subtract(self.w, share, self.w)


class Allocating:
    """Hand-written as textbooks do it: every operation makes a new array."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.w = {name: array.copy() for name, array in net.parameters.items()}
        self.g: dict[str, np.ndarray] = {}
        self.m = {name: np.zeros_like(array) for name, array in self.w.items()}
        self.v = {name: np.zeros_like(array) for name, array in self.w.items()}
        self.step = 0

    def gradients(self) -> dict[str, np.ndarray]:
        return dict(self.g)

    def iterate(self, count: int) -> np.ndarray:
        return np.array([self._iteration() for _ in range(count)])

    def _iteration(self) -> float:
        activations = [self.net.x]
        for layer in range(1, self.net.depth + 1):
            z = activations[-1] @ self.w[f"W{layer}"].T + self.w[f"b{layer}"]
            activations.append(_activation(self.net.activation_of(layer), z))
        loss, g = self._loss(activations[-1])
        for layer in range(self.net.depth, 0, -1):
            g = _through_activation(self.net.activation_of(layer), g, activations[layer])
            self.g[f"W{layer}"] = g.T @ activations[layer - 1]
            self.g[f"b{layer}"] = g.sum(axis=0)
            g = g @ self.w[f"W{layer}"]
        self._update()
        return loss

    def _loss(self, prediction: np.ndarray) -> tuple[float, np.ndarray]:
        y = self.net.y
        if self.net.loss == "cross_entropy":
            shifted = prediction - prediction.max(axis=1, keepdims=True)
            logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
            rows = np.arange(len(y))
            g = np.exp(logs)
            g[rows, y] -= 1
            return -logs[rows, y].mean(), g / len(y)
        difference = prediction - y
        return (difference**2).mean(), 2 * difference / difference.size

    def _update(self) -> None:
        settings = self.net.optimizer
        self.step += 1
        for name, g in self.g.items():
            if isinstance(settings, Adam):
                self.m[name] = settings.beta1 * self.m[name] + (1 - settings.beta1) * g
                self.v[name] = settings.beta2 * self.v[name] + (1 - settings.beta2) * g**2
                m = self.m[name] / (1 - settings.beta1**self.step)
                v = self.v[name] / (1 - settings.beta2**self.step)
                self.w[name] = self.w[name] - settings.learning_rate * m / (np.sqrt(v) + settings.epsilon)
            else:
                self.w[name] = self.w[name] - settings.learning_rate * g


def _activation(name: str, z: np.ndarray) -> np.ndarray:
    if name == "sigmoid":
        return 1 / (1 + np.exp(-z))
    return {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0), "identity": lambda z: z}[name](z)


def _through_activation(name: str, g: np.ndarray, a: np.ndarray) -> np.ndarray:
    if name == "sigmoid":
        return g * a * (1 - a)
    if name == "tanh":
        return g * (1 - a**2)
    return g * (a > 0) if name == "relu" else g
