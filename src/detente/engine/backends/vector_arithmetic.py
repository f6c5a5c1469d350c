"""Arithmetic on lanes as vector LLVM IR: each method writes an instruction or a few and names the result.

Every operation here is rounded by IEEE 754 in one way only; `vector_math` builds functions of them.
"""

from __future__ import annotations

import ctypes
import itertools
import struct

_COMPARISONS = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}


class Arithmetic:
    """Lines of LLVM IR that compute on lanes; values flow through as their names.

    `lanes` is how many numbers a vector holds. With `double` they are float64, else float32. With `fma` False, for CPUs
    without the instruction, `fma` multiplies and adds, rounding twice.
    """

    def __init__(self, lanes: int, double: bool, fma: bool) -> None:
        self.lanes, self.double, self.fused = lanes, double, fma
        self.number_type = "double" if double else "float"
        self.real_type = f"<{lanes} x {self.number_type}>"
        self.mask_type = f"<{lanes} x i1>"
        self.bit_pattern_type = f"<{lanes} x {'i64' if double else 'i32'}>"
        self.lines: list[str] = []
        self.declarations: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._constants: dict[str, float] = {}

    # ---- values

    def new(self, text: str) -> str:
        """Write an instruction that gives a value; its name."""
        name = f"%v{next(self._numbers)}"
        self.lines.append(f"{name} = {text}")
        return name

    def constant(self, value: float) -> str:
        """The same number in every lane, rounded to float32 unless the lanes are float64."""
        text = f"splat ({self.number_type} {self.number(value)})"
        self._constants[text] = float(value)
        return text

    def constant_value(self, value: str) -> float | None:
        """The number that `constant` was given, or None for any other value."""
        return self._constants.get(value)

    def number(self, value: float) -> str:
        """One number of type `number_type`, for `scalar` and tables."""
        return hexadecimal(value if self.double else ctypes.c_float(value).value)

    def integer(self, value: int) -> str:
        """The same 32-bit word in every lane; taken modulo 2^32."""
        return f"splat (i32 {signed(value, 32)})"

    def bit_pattern(self, value: int) -> str:
        """The same word, as wide as a lane's number, in every lane."""
        width = 64 if self.double else 32
        return f"splat (i{width} {signed(value, width)})"

    # ---- arithmetic, one IEEE rounding each

    def add(self, a: str, b: str) -> str:
        """a + b."""
        return self.new(f"fadd {self.real_type} {a}, {b}")

    def sub(self, a: str, b: str) -> str:
        """a - b."""
        return self.new(f"fsub {self.real_type} {a}, {b}")

    def mul(self, a: str, b: str) -> str:
        """a * b."""
        return self.new(f"fmul {self.real_type} {a}, {b}")

    def div(self, a: str, b: str) -> str:
        """a / b."""
        return self.new(f"fdiv {self.real_type} {a}, {b}")

    def neg(self, a: str) -> str:
        """-a."""
        return self.new(f"fneg {self.real_type} {a}")

    def abs(self, a: str) -> str:
        """|a|."""
        return self._intrinsic("fabs", a)

    def sqrt(self, a: str) -> str:
        """The square root, NaN below 0."""
        return self._intrinsic("sqrt", a)

    def fma(self, a: str, b: str, c: str) -> str:
        """a * b + c, rounded once; twice when the writer was made without fma."""
        return self._intrinsic("fma", a, b, c) if self.fused else self.add(self.mul(a, b), c)

    def min(self, a: str, b: str) -> str:
        """The smaller; NaN where either is NaN, as in NumPy."""
        return self._extreme("lt", a, b)

    def max(self, a: str, b: str) -> str:
        """The larger; NaN where either is NaN, as in NumPy."""
        return self._extreme("gt", a, b)

    def _extreme(self, op: str, a: str, b: str) -> str:
        if b in self._constants:
            a, b = b, a
        chosen = self.select(self.compare(op, a, b), a, b)  # b where b is NaN, since no comparison with NaN holds
        return chosen if a in self._constants else self.select(self.isnan(a), a, chosen)

    def polynomial(self, x: str, coefficients: tuple[float, ...]) -> str:
        """A polynomial by Horner's rule, the highest power first."""
        result = self.constant(coefficients[0])
        for c in coefficients[1:]:
            result = self.fma(result, x, self.constant(c))
        return result

    # ---- masks

    def compare(self, op: str, a: str, b: str) -> str:
        """A mask: lt, le, gt, ge, eq are false, and ne is true, where either is NaN."""
        return self.new(f"fcmp {_COMPARISONS[op]} {self.real_type} {a}, {b}")

    def isnan(self, a: str) -> str:
        """A mask: which lanes are NaN."""
        return self.new(f"fcmp uno {self.real_type} {a}, {a}")

    def select(self, mask: str, a: str, b: str) -> str:
        """a where the mask is set, else b."""
        return self.new(f"select {self.mask_type} {mask}, {self.real_type} {a}, {self.real_type} {b}")

    def logic_and(self, a: str, b: str) -> str:
        """Both masks."""
        return self.new(f"and {self.mask_type} {a}, {b}")

    def logic_or(self, a: str, b: str) -> str:
        """Either mask."""
        return self.new(f"or {self.mask_type} {a}, {b}")

    def logic_not(self, a: str) -> str:
        """The lanes that the mask does not hold."""
        return self.new(f"xor {self.mask_type} {a}, splat (i1 true)")

    def call(self, name: str, result: str, *arguments: tuple[str, str]) -> str:
        """Call a function of (type, value) arguments and declare it."""
        self.declarations[name] = f"declare {result} @{name}({', '.join(kind for kind, _ in arguments)})"
        return self.new(f"call {result} @{name}({', '.join(f'{kind} {value}' for kind, value in arguments)})")

    def _intrinsic(self, name: str, *arguments: str) -> str:
        suffix = f"v{self.lanes}f{64 if self.double else 32}"
        return self.call(f"llvm.{name}.{suffix}", self.real_type, *((self.real_type, a) for a in arguments))


def hexadecimal(value: float) -> str:
    """A number as LLVM reads it without rounding: the bits of the float64."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def signed(value: int, width: int) -> int:
    """A word of some width as the signed number of the same bits."""
    value &= (1 << width) - 1
    return value - (1 << width) if value >> (width - 1) else value
