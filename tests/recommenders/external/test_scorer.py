"""A scorer in ONNX gives the scores of the network that was saved, with gradients, and says what it cannot be."""

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from torch import nn
from torch.nn import functional

from explorer.errors import UserError
from explorer.recommenders.external import onnx_operators
from explorer.recommenders.external.onnx_graph import MAX_BYTES, parsed
from explorer.recommenders.external.scorer import ExternalRecommender, ScoredRecommender
from tests.recommenders.external.networks import B1, B2, HIDDEN, ITEMS, NETWORK, RNG, USERS, W1, W2, D, network


def saved(tmp_path, model):
    path = tmp_path / "scorer.onnx"
    onnx.save(model, path)
    return path


def opened(tmp_path, model) -> ScoredRecommender:
    return ScoredRecommender.of_file(saved(tmp_path, model), USERS, ITEMS)


def every_score(model: ScoredRecommender) -> torch.Tensor:
    return model.score(model.user_embeddings, model.item_embeddings, torch.arange(model.n_users))


def test_the_scores_are_those_of_the_network(tmp_path):
    model = opened(tmp_path, network(NETWORK))
    pairs = np.concatenate([USERS.repeat(len(ITEMS), 0), np.tile(ITEMS, (len(USERS), 1))], axis=1)
    expected = (np.maximum(pairs @ W1.T + B1, 0) @ W2.T + B2).reshape(len(USERS), len(ITEMS))
    with torch.no_grad():
        assert np.allclose(every_score(model), expected, atol=1e-4)
    assert model.pairs.__name__ == "of_all_pairs"  # each user and item passes the first layer once
    assert not model.dot_product


def test_gradients_reach_users_and_items(tmp_path):
    model = opened(tmp_path, network(NETWORK))
    u, q = (torch.tensor(x, requires_grad=True) for x in (USERS, ITEMS))
    model.score(u, q, torch.arange(len(u))).square().sum().backward()
    v, p = (torch.tensor(x, requires_grad=True) for x in (USERS, ITEMS))
    pairs = torch.cat([v[:, None].expand(-1, len(p), -1), p[None].expand(len(v), -1, -1)], dim=-1)
    hidden = functional.linear(pairs, *map(torch.tensor, (W1, B1))).relu()
    functional.linear(hidden, *map(torch.tensor, (W2, B2))).square().sum().backward()
    assert torch.allclose(u.grad, v.grad, rtol=1e-4)
    assert torch.allclose(q.grad, p.grad, rtol=1e-4)


def test_a_saved_model_is_opened_again_with_the_same_scores(tmp_path):
    model = opened(tmp_path, network(NETWORK))
    again = ExternalRecommender.from_tensors(model.tensors())
    with torch.no_grad():
        assert torch.equal(every_score(again), every_score(model))


def test_two_towers_score_all_pairs_at_once(tmp_path):
    tower = RNG.normal(size=(D, 3)).astype(np.float32)
    steps = [("MatMul", ("item", tower), {}), ("Transpose", (0,), {"perm": [1, 0]}), ("MatMul", ("user", tower), {})]
    model = opened(tmp_path, network([*steps, ("MatMul", (2, 1), {})]))
    with torch.no_grad():
        assert np.allclose(every_score(model), USERS @ tower @ (ITEMS @ tower).T, atol=1e-4)


def test_inputs_are_told_apart_by_their_names(tmp_path):
    steps = [("ReduceSum", ("item", np.array([1])), {"keepdims": 0}), ("ReduceMax", ("user", np.array([1])), {}),
             ("Squeeze", (1, np.array([1])), {}), ("Mul", (0, 2), {})]  # fmt: skip
    model = opened(tmp_path, network(steps, inputs=("item", "user")))
    with torch.no_grad():
        assert np.allclose(every_score(model), USERS.max(1)[:, None] * ITEMS.sum(1), atol=1e-4)


X = "user"
PAIR_STEPS = {
    "attention over positions": [
        ("Reshape", (X, np.array([0, 2, 3])), {}),
        ("Reshape", ("item", np.array([-1, 2, 3])), {}),
        ("Einsum", (0, 1), {"equation": "bij,bkj->bik"}),
        ("Softmax", (2,), {"axis": -1}),
        ("ReduceSum", (3, np.array([1, 2])), {"keepdims": 0}),
        ("Flatten", (2,), {"axis": 1}),
        ("ReduceL2", (5, np.array([1])), {"keepdims": 0}),
        ("Add", (4, 6), {}),
    ],
    "normalised product": [
        ("LayerNormalization", (X, np.ones(D, np.float32), np.zeros(D, np.float32)), {"axis": -1}),
        ("ReduceL2", ("item", np.array([1])), {}),
        ("Clip", (1, np.array(1e-6, np.float32), None), {}),
        ("Div", ("item", 2), {}),
        ("Mul", (0, 3), {}),
        ("ReduceSum", (4, np.array([-1])), {"keepdims": 0}),
    ],
    "batch norm, softplus and a slice": [
        ("Sub", (X, "item"), {}),
        ("BatchNormalization", (0, *(np.linspace(0.5, n, D).astype(np.float32) for n in (1, 2, 3, 4))), {}),
        ("Softplus", (1,), {}),
        ("Slice", (2, np.array([1]), np.array([4]), np.array([1])), {}),
        ("Split", (3,), {"axis": 1, "num_outputs": 3, "several": 3}),
        ("ReduceMean", (4, np.array([1])), {"keepdims": 1}),
    ],
}


@pytest.mark.parametrize("name", PAIR_STEPS)
def test_networks_of_many_kinds_agree_with_the_reference_of_onnx(name, tmp_path):
    content = network([(step, inputs, dict(attributes)) for step, inputs, attributes in PAIR_STEPS[name]])
    model = opened(tmp_path, content)
    pairs = {"user": USERS.repeat(len(ITEMS), 0), "item": np.tile(ITEMS, (len(USERS), 1))}
    (expected,) = ReferenceEvaluator(content).run(None, pairs)
    with torch.no_grad():
        assert np.allclose(every_score(model), expected.reshape(len(USERS), len(ITEMS)), atol=1e-4)


POSITIVE = np.abs(USERS) + 0.1
PLAIN = ["Abs", "Cos", "Dropout", "Erf", "Exp", "Flatten", "Gelu", "HardSigmoid", "HardSwish", "Identity", "Log",
         "Mish", "Neg", "Reciprocal", "Relu", "Selu", "Sigmoid", "Sign", "Sin", "Softplus", "Softsign", "Sqrt", "Tanh",
         "Transpose"]  # fmt: skip
ONE_INPUT = {
    **{name: {} for name in PLAIN},
    "Elu": {"alpha": 0.7}, "Celu": {"alpha": 0.7}, "LeakyRelu": {"alpha": 0.2}, "Softmax": {"axis": 1},
    "LogSoftmax": {"axis": 0}, "Cast": {"to": TensorProto.DOUBLE}, "Shape": {"start": 1},
}  # fmt: skip
REDUCED = ["L1", "L2", "LogSumExp", "Max", "Mean", "Min", "Sum", "SumSquare"]
SEVERAL = {
    "Add": (USERS, USERS[:1]), "Sub": (USERS, USERS[:1]), "Mul": (USERS, USERS[:1]), "Div": (USERS, POSITIVE[:1]),
    "Pow": (POSITIVE, np.array(1.5, np.float32)), "Max": (USERS, USERS[:1], USERS[1:2]), "Sum": (USERS, USERS[:1]),
    "Min": (USERS, USERS[:1]), "PRelu": (USERS, POSITIVE[:1]), "Equal": (USERS, USERS[:1]),
    "Greater": (USERS, USERS[:1]), "Less": (USERS, USERS[:1]), "MatMul": (USERS, ITEMS.T.copy()),
    "Expand": (USERS[:1], np.array([3, 1])), "Where": (USERS > 0, USERS, USERS * 2),
    "Gather": (USERS, np.array([[0, -1], [2, 1]])), "Unsqueeze": (USERS, np.array([0, -1])),
    "Range": tuple(np.array(n) for n in (1, 9, 3)), "Clip": (USERS, np.array(-0.5, np.float32)),
    "Gemm": (USERS, ITEMS.T.copy(), np.ones(11, np.float32)), "ConstantOfShape": (np.array([2, 3]),),
    "Reshape": (USERS, np.array([-1, 2])), "Squeeze": (USERS[:, :1],),
}  # fmt: skip
CASES = [
    *((name, (POSITIVE if name in ("Log", "Sqrt", "Reciprocal") else USERS,), attributes)
      for name, attributes in ONE_INPUT.items()),
    *((f"Reduce{name}", (USERS, np.array([1])), {"keepdims": keep}) for name in REDUCED for keep in (0, 1)),
    *((name, inputs, {}) for name, inputs in SEVERAL.items()),
    ("Concat", (USERS, USERS), {"axis": -1}),
    ("Einsum", (USERS, ITEMS), {"equation": "ij,kj->ik"}),
    ("Gelu", (USERS,), {"approximate": "tanh"}),
    ("Slice", (USERS, np.array([-1]), np.array([-9]), np.array([1]), np.array([-2])), {}),
    ("LayerNormalization", (USERS, np.ones(D, np.float32)), {"epsilon": 0.1}),
    ("BatchNormalization", (USERS, *(np.linspace(1, n, D).astype(np.float32) for n in (2, 3, 4, 5))), {}),
    ("Split", (USERS, np.array([2, 4])), {"axis": 1}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "inputs", "attributes"), CASES, ids=lambda case: case if isinstance(case, str) else ""
)
def test_every_operator_is_that_of_onnx(name, inputs, attributes):
    names = [f"i{n}" for n in range(len(inputs))]
    node = helper.make_node(name, names, ["o", *["p"] * (name == "Split")], **attributes)
    values = [helper.make_tensor_value_info(each, helper.np_dtype_to_tensor_dtype(x.dtype), None)
              for each, x in zip(names, inputs, strict=True)]  # fmt: skip
    out = helper.make_tensor_value_info("o", TensorProto.FLOAT, None)
    model = helper.make_model(
        helper.make_graph([node], "one", values, [out]), opset_imports=[helper.make_opsetid("", 20)]
    )
    (expected,) = ReferenceEvaluator(model).run(None, dict(zip(names, inputs, strict=True)))
    given = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    found = onnx_operators.OPERATORS[name]([torch.from_numpy(np.array(x)) for x in inputs], given)
    found = (found[0] if isinstance(found, tuple) else found).numpy()
    assert found.shape == expected.shape
    assert np.allclose(found, expected, atol=1e-5)


def test_every_operator_is_tried():
    assert {name for name, *_ in CASES} == set(onnx_operators.OPERATORS)


def test_axes_of_older_operator_sets_are_attributes():
    x = torch.from_numpy(USERS)
    found = onnx_operators.OPERATORS["ReduceSum"]([x], {"axes": [1], "keepdims": 0})
    assert torch.allclose(found, x.sum(1))
    assert torch.equal(onnx_operators.OPERATORS["Clip"]([x], {"min": -1.0, "max": 0.5}), x.clamp(-1, 0.5))


SUM = [("Mul", ("user", "item"), {}), ("ReduceSum", (0, np.array([1])), {"keepdims": 0})]
WRONG = {
    "has the operator 'Sinh'": lambda: network([("Sinh", ("user",), {}), ("Mul", (0, "item"), {})]),
    "has 1 inputs": lambda: network([("Relu", ("user",), {})], inputs=("user",)),
    "not numbers with a fraction": lambda: network(SUM, kind=TensorProto.INT64),
    r"an output of the shape \(4, 6\)": lambda: network(SUM[:1]),
    "fails on 4 users and 4 items": lambda: network(
        [("Mul", ("user", np.ones((1, D + 2), np.float32)), {}), ("Mul", (0, "item"), {})]
    ),
    "depends on which others are scored": lambda: network([*SUM, ("Softmax", (1,), {"axis": 0})]),
    "the same score": lambda: network([*SUM, ("Mul", (1, np.zeros(1, np.float32)), {})]),
    "not finite": lambda: network(
        [*SUM, ("Mul", (1, np.array(1e20, np.float32)), {}), ("Mul", (2, np.array(1e20, np.float32)), {})]
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", WRONG)
def test_what_a_scorer_lacks_is_said(reason, tmp_path):
    with pytest.raises(UserError, match=reason):
        opened(tmp_path, WRONG[reason]())


@pytest.mark.parametrize("content", [b"", b"no network", b"\x08\x0a\x12" * 99])
def test_another_file_is_no_scorer(content, tmp_path):
    path = tmp_path / "scorer.onnx"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"scorer\.onnx"):
        ScoredRecommender.of_file(path, USERS, ITEMS)


@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_damaged_scorer_of_a_run_is_refused_or_scores(place, byte):
    content = bytearray(network(NETWORK).SerializeToString())
    content[place % len(content)] = byte
    tensors = {"user_embeddings": USERS, "item_embeddings": ITEMS, "scorer": np.frombuffer(bytes(content), np.uint8)}
    try:
        model = ExternalRecommender.from_tensors({name: torch.tensor(values) for name, values in tensors.items()})
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError):
        return  # what opening a run makes a sentence of
    with torch.no_grad():
        assert every_score(model).shape == (len(USERS), len(ITEMS))


def test_weights_beside_the_file_become_part_of_it(tmp_path):
    path = tmp_path / "scorer.onnx"
    onnx.save(network(NETWORK), path, save_as_external_data=True, size_threshold=0, location="scorer.onnx.data")
    model = ScoredRecommender.of_file(path, USERS, ITEMS)
    assert parsed(model.content).constants.keys()
    assert len(model.content) < MAX_BYTES
    (tmp_path / "scorer.onnx.data").unlink()
    with pytest.raises(UserError, match="weights are not beside it"):
        ScoredRecommender.of_file(path, USERS, ITEMS)


def test_weights_elsewhere_on_the_machine_are_not_read(tmp_path):
    model = network(NETWORK)
    onnx.save(model, tmp_path / "whole.onnx", save_as_external_data=True, size_threshold=0, location="w.data")
    folder = tmp_path / "inner"
    folder.mkdir()
    content = onnx.load(tmp_path / "whole.onnx", load_external_data=False)
    for tensor in content.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = "../w.data"
    (folder / "scorer.onnx").write_bytes(content.SerializeToString())
    with pytest.raises(UserError, match=r"scorer\.onnx"):
        ScoredRecommender.of_file(folder / "scorer.onnx", USERS, ITEMS)


def test_a_module_of_torch_has_the_same_scores(tmp_path):
    """The layers as PyTorch names and stores them."""
    layers = nn.Sequential(nn.Linear(2 * D, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
    weights = [parameter.detach().numpy() for parameter in layers.parameters()]
    steps = [("Concat", ("user", "item"), {"axis": -1}), ("Gemm", (0, *weights[:2]), {"transB": 1}), ("Relu", (1,), {}),
             ("Gemm", (2, *weights[2:]), {"transB": 1}), ("Squeeze", (3, np.array([-1])), {})]  # fmt: skip
    model = opened(tmp_path, network(steps))
    users, items = torch.tensor(USERS), torch.tensor(ITEMS)
    expected = torch.stack([layers(torch.cat([user.expand(len(items), -1), items], 1))[:, 0] for user in users])
    assert torch.allclose(every_score(model), expected, atol=1e-5)
