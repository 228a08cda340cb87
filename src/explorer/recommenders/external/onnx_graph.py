"""A network in the ONNX format as a function of user and item embeddings, with gradients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.errors import UserError, listed, quoted
from explorer.recommenders.external.onnx_operators import DTYPES, OF_AN_AXIS, OF_NUMBERS, OPERATORS, numbers

MAX_BYTES = 512 * 2**20
"""Of a scorer's file with its weights."""


class Unsupported(ValueError):
    """The network has something that is not known here; the message says what."""


@dataclass(frozen=True)
class Node:
    """One step: an operator, the names of its inputs ("" where one is left out) and outputs, and its attributes."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Graph:
    """A network of two inputs and one output."""

    nodes: tuple[Node, ...] = field(repr=False)
    constants: Mapping[str, Tensor] = field(repr=False)
    user: str
    item: str
    dtypes: tuple[torch.dtype, torch.dtype]
    """Of the users' and the items' input."""
    output: str

    def __call__(self, u: Tensor, q: Tensor) -> Tensor:
        """The output for these users and items, as the network was saved."""
        values = {**self.constants, self.user: u.to(self.dtypes[0]), self.item: q.to(self.dtypes[1])}
        for node in self.nodes:
            inputs = [values[name] if name else None for name in node.inputs]
            _keep(values, node, OPERATORS[node.operator](inputs, node.attributes))
        return values[self.output].float()

    def of_all_pairs(self, u: Tensor, q: Tensor) -> Tensor:
        """The scores `[B, M]` of every user `[B, d]` with every item `[M, d]`, of a network on pairs of rows `[N, d]`.

        What depends on the user alone, or on the item alone, is computed once for each: the first layer on
        `concat(u, q)` is the sum of one on u and one on q. Raises `Unsupported` where the network does what cannot be
        carried over from rows to a table of pairs.
        """
        values: dict[str, Any] = {
            **self.constants,
            self.user: u.to(self.dtypes[0])[:, None],
            self.item: q.to(self.dtypes[1])[None],
        }
        for node in self.nodes:
            inputs = [values[name] if name else None for name in node.inputs]
            _keep(values, node, _over_pairs(node, inputs, {*node.inputs} - self.constants.keys()))
        result = _whole(values[self.output])
        if result.ndim == 3 and result.shape[2] == 1:
            result = result[..., 0]
        if result.ndim != 2:
            raise Unsupported(f"an output of {result.ndim} axes")
        return result.expand(len(u), len(q)).float()


def _keep(values: dict[str, Any], node: Node, result) -> None:
    results = result if isinstance(result, tuple) and not isinstance(result, Concatenated) else (result,)
    values.update((name, value) for name, value in zip(node.outputs, results, strict=False) if name)


class Concatenated(tuple):
    """Tensors that stand side by side on the last axis, not put together yet: of each user, and of each item."""


def _whole(value: Tensor | Concatenated) -> Tensor:
    if not isinstance(value, Concatenated):
        return value
    shape = torch.broadcast_shapes(*(part.shape[:-1] for part in value))
    return torch.cat([part.expand(*shape, -1) for part in value], dim=-1)


def _over_pairs(node: Node, inputs: list, computed: set[str]) -> Tensor | Concatenated:
    """One step on values `[B, 1, k]`, `[1, M, k]` or `[B, M, k]` that was meant for `[N, k]`."""
    name, attributes = node.operator, dict(node.attributes)
    if name == "Concat":
        if attributes["axis"] not in (1, -1) or not {*node.inputs} <= computed:
            raise Unsupported("Concat")
        return Concatenated(
            part for value in inputs for part in (value if isinstance(value, Concatenated) else [value])
        )
    if name in ("Gemm", "MatMul"):
        return _layer(node, inputs, computed)
    inputs = [_whole(value) if isinstance(value, Concatenated) else value for value in inputs]
    if name in OF_NUMBERS:
        return OF_NUMBERS[name](inputs, attributes)
    if name in OF_AN_AXIS or name in ("Squeeze", "LayerNormalization"):
        if len(inputs) > 1 and inputs[1] is not None and name != "LayerNormalization":
            attributes["axes"], inputs = numbers(inputs[1]), inputs[:1]
        for key in ("axis", "axes"):
            if key in attributes:
                places = attributes[key] if key == "axes" else [attributes[key]]
                if [*places] not in ([1], [-1]):
                    raise Unsupported(name)
                attributes[key] = [-1] if key == "axes" else -1
        return OPERATORS[name](inputs, attributes)
    if name == "BatchNormalization":
        return OPERATORS[name]([inputs[0].movedim(-1, 1), *inputs[1:]], attributes).movedim(1, -1)
    raise Unsupported(name)


def _layer(node: Node, inputs: list, computed: set[str]) -> Tensor:
    """`x W + b` with a constant W, for parts of x on their own."""
    attributes = node.attributes
    if node.inputs[1] in computed or attributes.get("transA"):
        raise Unsupported(node.operator)
    parts = inputs[0] if isinstance(inputs[0], Concatenated) else (inputs[0],)
    weight = inputs[1].mT if attributes.get("transB") else inputs[1]
    slices = weight.split([part.shape[-1] for part in parts], dim=0)
    # Users' parts first, then items': the sums over pairs are then as few as can be.
    of_sides: dict[torch.Size, Tensor] = {}
    for part, rows in zip(parts, slices, strict=True):
        product, shape = part @ rows, part.shape[:-1]
        of_sides[shape] = of_sides[shape] + product if shape in of_sides else product
    bias = inputs[2] if len(inputs) > 2 and inputs[2] is not None else None
    scaled = [attributes.get("alpha", 1.0) * part if "alpha" in attributes else part for part in of_sides.values()]
    if bias is not None:
        scaled[0] = scaled[0] + attributes.get("beta", 1.0) * bias
    return sum(scaled[1:], scaled[0])


# --- reading


def graph_bytes(path: Path) -> bytes:
    """A network's file as one piece, with the weights that PyTorch puts beside it. Raises `UserError`."""
    import onnx

    try:
        size = sum(each.stat().st_size for each in (path, path.with_name(f"{path.name}.data")) if each.exists())
        if size > MAX_BYTES:
            raise UserError(
                f"{path} has {size / 2**20:,.0f} MB of weights; at most {MAX_BYTES // 2**20} MB can be read."
            )
        model = onnx.load(path)
        return model.SerializeToString()
    except UserError:
        raise
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    except Exception as error:
        raise UserError(
            f"{path} is not an ONNX file, or its weights are not beside it ({_first_line(error)}). "
            "Save the network by torch.onnx.export(…, external_data=False)."
        ) from None


def parsed(content: bytes) -> Graph:
    """The network of a file's bytes. Raises `Unsupported` that says what is not known, or `ValueError`."""
    import onnx
    from onnx import inliner

    try:
        model = onnx.load_model_from_string(content)
        if model.functions:
            model = inliner.inline_local_functions(model)
    except Exception as error:
        raise ValueError(f"it is not an ONNX network ({_first_line(error)})") from None
    graph = model.graph
    constants = {each.name: _tensor(each) for each in graph.initializer}
    nodes = []
    for node in graph.node:
        attributes = {each.name: _attribute(each) for each in node.attribute}
        if node.op_type == "Constant":
            constants[node.output[0]] = _constant(attributes)
            continue
        if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS:
            raise Unsupported(f"the operator {quoted(node.op_type)}")
        nodes.append(Node(node.op_type, tuple(node.input), tuple(node.output), attributes))
    inputs = [each for each in graph.input if each.name not in constants]
    if len(inputs) != 2 or len(graph.output) != 1:
        raise Unsupported(
            f"{len(inputs)} inputs and {len(graph.output)} outputs instead of a user's and an item's embedding and one "
            "score"
        )
    user, item = inputs
    if "item" in user.name.lower() and "item" not in item.name.lower():
        user, item = item, user
    dtypes = tuple(DTYPES.get(each.type.tensor_type.elem_type) for each in (user, item))
    if any(dtype is None or not dtype.is_floating_point for dtype in dtypes):
        raise Unsupported("inputs that are not numbers with a fraction; it must take embeddings, not ids")
    known = {*constants, user.name, item.name, ""}
    for node in nodes:
        if unknown := {*node.inputs} - known:
            raise ValueError(f"it uses {listed(map(quoted, sorted(unknown)), most=3)} before it is computed")
        known |= {*node.outputs}
    if graph.output[0].name not in known:
        raise ValueError("its output is never computed")
    return Graph(tuple(nodes), constants, user.name, item.name, dtypes, graph.output[0].name)


def _tensor(proto) -> Tensor:
    from onnx import TensorProto, numpy_helper

    if proto.data_location == TensorProto.EXTERNAL:
        raise ValueError("its weights are in another file")
    try:
        # A copy: arrays of a parsed file may be read-only.
        return torch.from_numpy(np.array(numpy_helper.to_array(proto)))
    except TypeError:
        raise Unsupported(f"numbers of the type {TensorProto.DataType.Name(proto.data_type)}") from None


def _attribute(attribute) -> Any:
    from onnx import AttributeProto, helper

    if attribute.type == AttributeProto.TENSOR:
        return _tensor(attribute.t)
    if attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS):
        raise Unsupported("branches and loops")
    return helper.get_attribute_value(attribute)


def _constant(attributes: Mapping[str, Any]) -> Tensor:
    (name, value), *_ = attributes.items()
    if name == "value":
        return value
    if name in ("value_float", "value_floats"):
        return torch.tensor(value, dtype=torch.float32)
    if name in ("value_int", "value_ints"):
        return torch.tensor(value, dtype=torch.long)
    raise Unsupported(f"a constant given as {name}")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
