"""Small ONNX networks on embeddings, for tests."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

D, HIDDEN = 6, 8
RNG = np.random.default_rng(0)
USERS, ITEMS = RNG.normal(size=(7, D)).astype(np.float32), RNG.normal(size=(11, D)).astype(np.float32)
W1, B1 = RNG.normal(size=(HIDDEN, 2 * D)).astype(np.float32), RNG.normal(size=HIDDEN).astype(np.float32)
W2, B2 = RNG.normal(size=(1, HIDDEN)).astype(np.float32), RNG.normal(size=1).astype(np.float32)
NETWORK = [
    ("Concat", ("user", "item"), {"axis": 1}),
    ("Gemm", (0, W1, B1), {"transB": 1}),
    ("Relu", (1,), {}),
    ("Gemm", (2, W2, B2), {"transB": 1}),
]
"""`W2 relu(W1 [u; q] + b1) + b2`."""

PRODUCT = [
    ("Mul", ("user", "item"), {}),
    ("Tanh", (0,), {}),
    ("ReduceSum", (1, np.array([1])), {"keepdims": 0}),
]
"""`Σ tanh(u q)`, of vectors of any length."""


def network(steps, inputs=("user", "item"), kind=TensorProto.FLOAT, dim=D) -> onnx.ModelProto:
    """A model of steps `(operator, inputs, attributes)`: an input is a name, the number of an earlier step, an array,
    or None. The last step gives the output."""
    nodes, constants = [], []
    for place, (operator, of_step, attributes) in enumerate(steps):
        names = []
        for n, each in enumerate(of_step):
            if isinstance(each, np.ndarray):
                constants.append(numpy_helper.from_array(each, f"c{place}_{n}"))
                each = constants[-1].name
            names.append("" if each is None else f"x{each}" if isinstance(each, int) else each)
        several = attributes.pop("several", 1) if operator == "Split" else 1
        more = [f"x{place}_{n}" for n in range(1, several)]
        nodes.append(helper.make_node(operator, names, [f"x{place}", *more], **attributes))
    values = [helper.make_tensor_value_info(name, kind, ["n" if name == "user" else "m", dim]) for name in inputs]
    results = [helper.make_tensor_value_info(f"x{len(steps) - 1}", kind, None)]
    graph = helper.make_graph(nodes, "scorer", values, results, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
