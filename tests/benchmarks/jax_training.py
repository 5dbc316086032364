"""A problem's network trained by JAX on minibatches: jit, float64, one thread, a call an iteration. Needs jax."""

import os

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
import numpy as np

from app.nn.problem import Problem

jax.config.update("jax_enable_x64", True)

ACTIVATIONS = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu}


def cross_entropy(z, y):
    return -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(len(y)), y])


def binary(p, y):
    return -jnp.mean(y * jnp.log(p) + (1 - y) * jnp.log1p(-p))


LOSSES = {
    "mean_squared_error": lambda p, y: jnp.mean((p - y) ** 2),
    "binary_cross_entropy": binary,
    "binary_cross_entropy_with_logits": lambda z, y: jnp.mean(jax.nn.softplus(z) - z * y),
    "cross_entropy": cross_entropy,
}


class JaxTraining:
    """One jitted step: rows picked, forward, backward, update; parameters and slots are donated to it."""

    def __init__(self, problem: Problem) -> None:
        self._problem, self._batches, self._at = problem, problem.batches, 0
        self._rates = {mask.id: mask.rate for mask in problem.noises}
        self._parameters = {id: jnp.array(problem.graph[id].initial) for id in problem.parameters}
        self._slots = [{id: jnp.zeros_like(w) for id, w in self._parameters.items()} for _ in range(2)]
        self._gradients = self._parameters
        kind = jnp.int64 if problem.loss.takes_classes else jnp.float64
        self._x, self._y = jnp.array(self._batches.x), jnp.array(self._batches.y, dtype=kind)
        self._key = jax.random.key(0)
        self._step = jax.jit(self._stepped, donate_argnums=(0, 1))

    def _loss(self, parameters, x, y, key):
        graph, values = self._problem.graph, {"x": x}
        for node in graph.nodes:
            if node.op == "linear":
                weights, bias = (parameters[id] for id in node.inputs[1:])
                values[node.id] = values[node.inputs[0]] @ weights.T + bias
            elif node.op in ACTIVATIONS:
                values[node.id] = ACTIVATIONS[node.op](values[node.inputs[0]])
            elif node.op == "mul":
                key, own = jax.random.split(key)
                of, keep = values[node.inputs[0]], 1 - self._rates[node.inputs[1]]
                values[node.id] = jnp.where(jax.random.bernoulli(own, keep, of.shape), of / keep, 0.0)
        return LOSSES[self._problem.loss.name](values[graph.criterion.inputs[0]], y)

    def _stepped(self, parameters, slots, rows, t, key):
        key, own = jax.random.split(key) if self._rates else (key, key)
        x, y = (self._x, self._y) if rows is None else (self._x[rows], self._y[rows])
        loss, gradients = jax.value_and_grad(self._loss)(parameters, x, y, own)
        rule, (m, v) = self._problem.optimizer, slots
        if rule.kind == "sgd":
            moved = {id: w - rule.learning_rate * gradients[id] for id, w in parameters.items()}
            return moved, slots, gradients, loss, key
        m = {id: rule.beta1 * m[id] + (1 - rule.beta1) * g for id, g in gradients.items()}
        v = {id: rule.beta2 * v[id] + (1 - rule.beta2) * g * g for id, g in gradients.items()}
        c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
        moved = {
            id: w - rule.learning_rate * (m[id] / c1) / (jnp.sqrt(v[id] / c2) + rule.epsilon)
            for id, w in parameters.items()
        }
        return moved, [m, v], gradients, loss, key

    def iterate(self, count: int) -> np.ndarray:
        losses = []
        for _ in range(count):
            rows = None if self._batches.size is None else self._batches.rows(self._at)
            self._at += 1
            made = self._step(self._parameters, self._slots, rows, float(self._at), self._key)
            self._parameters, self._slots, self._gradients, loss, self._key = made
            losses.append(loss)
        return np.array([float(loss) for loss in losses])

    def gradients(self) -> dict[str, np.ndarray]:
        return {id: np.array(g) for id, g in self._gradients.items()}
