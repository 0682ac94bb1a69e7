"""The search's source as C: the small part of Python in which it is written, nothing more.

Integers are of 64 bits and wrap, columns are pointers, named tuples are structs of these; division
and remainder round down as Python's do. What the translation does not know it refuses.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from routing.search.compiled.source import MODULES, tree_of
from routing.search.compiled.structs import COLUMN, FIELDS, INTEGER, REAL, STRUCTS

ROOTS = ("draw", "construct", "recreate", "copy", "improve")  # what is called from Python
KINDS = {"int": INTEGER, "bool": INTEGER, "float": REAL, "Numbers": COLUMN}
SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitXor: "^",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.And: "&&",
    ast.Or: "||",
    ast.Not: "!",
    ast.USub: "-",
}
PRELUDE = """
#include <math.h>
#include <stdint.h>
#include <string.h>

static inline int64_t quotient(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}
static inline int64_t remainder_(int64_t a, int64_t b) {
    int64_t r = a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
static inline int64_t least_i(int64_t a, int64_t b) { return b < a ? b : a; }
static inline int64_t most_i(int64_t a, int64_t b) { return b > a ? b : a; }
static inline double least_d(double a, double b) { return b < a ? b : a; }
static inline double most_d(double a, double b) { return b > a ? b : a; }
"""
COPY = """
void search_copy(State *source, State *target) {
    memcpy(target->block, source->block, (size_t)source->cells * sizeof(int64_t));
}
"""

Typed = tuple[str, str]  # an expression in C, and its kind


class Untranslatable(ValueError):
    """The source uses what the translation does not know."""


def c_source() -> str:
    """Return the search as one file of C, with the functions of ROOTS as `search_…`."""
    functions = dict(_reached())
    signatures = [_signature(tree) for _, tree in functions.values()]
    bodies = [_Function(module, tree, functions).text() for module, tree in functions.values()]
    parts = [PRELUDE, *map(_struct, STRUCTS), *(f"{one};" for one in signatures), COPY, *bodies]
    return "\n".join(parts)


def _struct(struct: type[Any]) -> str:
    lines = [
        f"    {kind if isinstance(kind, str) else kind.__name__} {name};"
        for name, kind in FIELDS[struct]
    ]
    return "\n".join(["typedef struct {", *lines, f"}} {struct.__name__};"])


def _reached() -> Iterator[tuple[str, tuple[ModuleType, ast.FunctionDef]]]:
    """Yield the functions that the roots call, and those that these call."""
    known = {
        node.name: (module, node)
        for module in MODULES
        for node in tree_of(module).body
        if isinstance(node, ast.FunctionDef)
    }
    waiting, seen = list(ROOTS), {"copy"}
    while waiting:
        name = waiting.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        yield name, known[name]
        calls = (node for node in ast.walk(known[name][1]) if isinstance(node, ast.Call))
        waiting += [call.func.id for call in calls if isinstance(call.func, ast.Name)]


def _kind_of(annotation: ast.expr | None) -> str:
    if annotation is None or isinstance(annotation, ast.Constant):
        return "void"
    name = ast.unparse(annotation)
    if name in {struct.__name__ for struct in STRUCTS}:
        return f"{name} *"
    if name == "tuple[int, int]":
        return COLUMN
    if name not in KINDS:
        raise Untranslatable(name)
    return KINDS[name]


def _signature(tree: ast.FunctionDef) -> str:
    parameters = ", ".join(f"{_kind_of(one.annotation)} {one.arg}" for one in tree.args.args)
    kept = "" if tree.name in ROOTS else "static "
    return f"{kept}{_kind_of(tree.returns)} search_{tree.name}({parameters})"


class _Function:
    """One function on its way from Python to C."""

    def __init__(
        self,
        module: ModuleType,
        tree: ast.FunctionDef,
        functions: dict[str, tuple[ModuleType, ast.FunctionDef]],
    ) -> None:
        self.module, self.tree, self.functions = module, tree, functions
        self.kinds = {one.arg: _kind_of(one.annotation) for one in tree.args.args}
        self.parameters = set(self.kinds)
        self.numbers = 0

    def text(self) -> str:
        """Return the function in C."""
        body = self.block(self.tree.body)
        names = self.kinds.keys() - self.parameters
        locals_ = [f"    {self.kinds[name]} {name} = 0;" for name in sorted(names)]
        return "\n".join([f"{_signature(self.tree)} {{", *locals_, *body, "}"])

    def block(self, statements: Sequence[ast.stmt]) -> list[str]:
        """Return the statements as lines."""
        return [f"    {line}" for one in statements for line in self.statement(one)]

    def statement(self, node: ast.stmt) -> list[str]:
        """Return one statement as lines."""
        match node:
            case ast.Expr(ast.Constant()):
                return []
            case ast.Expr(value):
                return [f"{self.value(value)[0]};"]
            case ast.Return(value):
                return [f"return {self.value(value)[0] if value else ''};"]
            case ast.Break():
                return ["break;"]
            case ast.Continue():
                return ["continue;"]
            case ast.Assign([target], value):
                return self.assigned(target, value)
            case ast.AugAssign(target, operator, value):
                return self.assigned(target, ast.BinOp(target, operator, value))
            case ast.If(test, body, orelse):
                other = ["} else {", *self.block(orelse)] if orelse else []
                return [f"if ({self.value(test)[0]}) {{", *self.block(body), *other, "}"]
            case ast.While(test, body, []):
                return [f"while ({self.value(test)[0]}) {{", *self.block(body), "}"]
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), bounds), body, []):
                return self.counted(name, bounds, body)
        raise Untranslatable(ast.unparse(node))

    def counted(self, name: str, bounds: Sequence[ast.expr], body: Sequence[ast.stmt]) -> list[str]:
        """Return a loop over a range; the range is worked out once, as Python does."""
        self.declare(name, INTEGER)
        *first, last = (self.value(bound)[0] for bound in bounds)
        at, end = self.fresh(), self.fresh()
        head = f"for (int64_t {at} = {first[0] if first else 0}, {end} = {last}; {at} < {end}; "
        return [f"{head}{at}++) {{", f"    {name} = {at};", *self.block(body), "}"]

    def assigned(self, target: ast.expr, value: ast.expr) -> list[str]:
        """Return assignments: of a tuple all at once."""
        if not isinstance(target, ast.Tuple):
            text, kind = self.value(value)
            return [f"{self.target(target, kind)} = {text};"]
        if not isinstance(value, ast.Tuple) or len(value.elts) != len(target.elts):
            raise Untranslatable(ast.unparse(value))
        before, after = [], []
        for one, other in zip(target.elts, value.elts, strict=True):
            text, kind = self.value(other)
            name = self.fresh()
            before.append(f"{kind} {name} = {text};")
            after.append(f"{self.target(one, kind)} = {name};")
        return [*before, *after]

    def target(self, node: ast.expr, kind: str) -> str:
        """Return what is assigned to; a name is declared with its first value's kind."""
        if isinstance(node, ast.Name):
            self.declare(node.id, kind)
            return node.id
        if isinstance(node, ast.Subscript):
            return self.value(node)[0]
        raise Untranslatable(ast.unparse(node))

    def declare(self, name: str, kind: str) -> None:
        """Give the name a kind, which it keeps."""
        if self.kinds.setdefault(name, kind) != kind:
            raise Untranslatable(f"{name} is {self.kinds[name]} and {kind}")

    def fresh(self) -> str:
        """Return a name that nothing has."""
        self.numbers += 1
        return f"_{self.numbers}"

    def value(self, node: ast.expr) -> Typed:
        """Return an expression and its kind."""
        match node:
            case ast.Constant(bool() | int() as number):
                return f"INT64_C({int(number)})", INTEGER
            case ast.Name(name):
                return self.named(name)
            case ast.Attribute(owner, name):
                return self.field(owner, name)
            case ast.Subscript(column, index):
                return f"{self.value(column)[0]}[{self.value(index)[0]}]", INTEGER
            case ast.Tuple(elements):
                inside = ", ".join(self.value(one)[0] for one in elements)
                return f"(int64_t[]){{{inside}}}", COLUMN
            case ast.IfExp(test, body, orelse):
                (one, kind), (two, other) = self.value(body), self.value(orelse)
                return f"({self.value(test)[0]} ? {one} : {two})", _wider(kind, other)
            case ast.BinOp(left, operator, right):
                return self.reckoned(left, operator, right)
            case ast.UnaryOp(operator, operand) if type(operator) in SIGNS:
                text, kind = self.value(operand)
                return f"({SIGNS[type(operator)]}{text})", kind
            case ast.BoolOp(operator, values):
                sign = f" {SIGNS[type(operator)]} "
                return f"({sign.join(f'({self.value(one)[0]})' for one in values)})", INTEGER
            case ast.Compare(left, [operator], [right]) if type(operator) in SIGNS:
                sign = SIGNS[type(operator)]
                return f"({self.value(left)[0]} {sign} {self.value(right)[0]})", INTEGER
            case ast.Call(ast.Name(name), arguments, []):
                return self.called(name, arguments)
        raise Untranslatable(ast.unparse(node))

    def named(self, name: str) -> Typed:
        """Return a variable, or a constant of the module."""
        if name in self.kinds:
            return name, self.kinds[name]
        constant = getattr(self.module, name, None)
        if not isinstance(constant, int):
            raise Untranslatable(name)
        return f"INT64_C({constant})", INTEGER

    def field(self, owner: ast.expr, name: str) -> Typed:
        """Return the field of a struct; a struct in it by its address."""
        text, kind = self.value(owner)
        struct = next(one for one in STRUCTS if kind == f"{one.__name__} *")
        found = dict(FIELDS[struct])[name]
        if isinstance(found, str):
            return f"{text}->{name}", found
        return f"(&{text}->{name})", f"{found.__name__} *"

    def reckoned(self, left: ast.expr, operator: ast.operator, right: ast.expr) -> Typed:
        """Return an operation on two numbers."""
        (one, kind), (two, other) = self.value(left), self.value(right)
        rounded = {ast.FloorDiv: "quotient", ast.Mod: "remainder_"}.get(type(operator))
        if rounded and kind == other == INTEGER:
            return f"{rounded}({one}, {two})", INTEGER
        if isinstance(operator, ast.Div):
            return f"((double){one} / (double){two})", REAL
        if type(operator) not in SIGNS:
            raise Untranslatable(type(operator).__name__)
        return f"({one} {SIGNS[type(operator)]} {two})", _wider(kind, other)

    def called(self, name: str, arguments: Sequence[ast.expr]) -> Typed:
        """Return the call of a function of the search, or of one of Python's."""
        values = [self.value(one) for one in arguments]
        inside = ", ".join(text for text, _ in values)
        if name in self.functions or name == "copy":
            kind = "void" if name == "copy" else _kind_of(self.functions[name][1].returns)
            return f"search_{name}({inside})", kind
        if name in {struct.__name__ for struct in STRUCTS}:
            return f"(&({name}){{{inside}}})", f"{name} *"
        match name:
            case "int":
                return f"((int64_t){values[0][0]})", INTEGER
            case "bool":
                return f"({values[0][0]} != 0)", INTEGER
            case "log":
                return f"log((double){values[0][0]})", REAL
            case "min" | "max":
                return self.extreme("least" if name == "min" else "most", values)
        raise Untranslatable(name)

    @staticmethod
    def extreme(name: str, values: Sequence[Typed]) -> Typed:
        """Return the least or the greatest of some numbers."""
        text, kind = values[0]
        for other, its in values[1:]:
            kind = _wider(kind, its)
            text = f"{name}_{'d' if kind == REAL else 'i'}({text}, {other})"
        return text, kind


def _wider(one: str, two: str) -> str:
    """Return the kind that holds numbers of both kinds."""
    if {one, two} == {INTEGER, REAL}:
        return REAL
    if one != two:
        raise Untranslatable(f"{one} and {two} together")
    return one
