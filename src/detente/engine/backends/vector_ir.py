"""Vector LLVM IR as text: one function that computes on `lanes` futures at once, the same bits on every CPU.

What makes the bits the same: no fast-math flags; a fused multiply-add is written out (`llvm.fma`) or not used at all;
rounding to a whole number by adding 1.5 * 2^23 (2^52 in float64); minimum and maximum as compare and select; sums over
lanes in one fixed order; and no library functions, since exp, log and the rest are written here from additions,
multiplications, divisions and square roots (`vector_math`, of `vector_arithmetic`), each of which IEEE 754 rounds in
one way only. Two things are not the same everywhere: the payload and sign of a NaN, and the results of a thread that
was told to flush denormals to zero (a library built with fast-math may do so when it is loaded; nothing here does, and
nothing here undoes it).

A value is the text that names it: "%v12", or a constant such as "splat (float 0x3FF0000000000000)". The types:

    real_type     <lanes x float>, or double      what `add`, `exp`, ... take and give
    whole_type    <lanes x i32>                   numbers of lanes, words of the hash
    mask_type     <lanes x i1>                    what `compare` gives and `select` takes
    bits_type     i8, i16, ...: one bit a lane    a mask as it is kept in memory
    number_type   float, or double                one number: an element of a table, a sum over lanes

Usage:

    w = Writer(lanes=16)
    with w.loop(0, "%groups", "group") as group:
        x = w.load(w.at("%x", group, w.real_type), w.real_type)
        w.store(w.exp(x), w.real_type, w.at("%y", group, w.real_type))
    text = w.function("kernel", "i32 %groups, ptr noalias %x, ptr noalias %y")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from detente.engine.backends import vector_math
from detente.engine.backends.vector_arithmetic import Arithmetic, hexadecimal

_COMPARISONS = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}


class Writer(Arithmetic):
    """Writes the body of a function line by line, then the function; values flow through as their names.

    `lanes` is how many futures a vector holds: 4, 8 or 16 (any power of two from 2). With `double` the lanes are
    float64, else float32. With `fma` False, for CPUs without the instruction, `fma` multiplies and adds, rounding
    twice: other bits than with it, but again the same on every CPU. (With `fma` True such a CPU would call the C
    library for each lane: the same bits as with the instruction, a hundred times slower.)
    """

    def __init__(self, lanes: int, double: bool = False, fma: bool = True) -> None:
        if lanes < 2 or lanes & (lanes - 1):
            raise ValueError(f"lanes must be a power of two, at least 2, got {lanes}")
        super().__init__(lanes, double, fma)
        self.whole_type = f"<{lanes} x i32>"
        self.bits_type = f"i{max(8, lanes)}"
        self._variables: list[str] = []
        self._functions: list[str] = []
        self._block = "entry"
        self._long: set[str] = set()
        self._half: Writer | None = None

    # ---- functions; errors in units in the last place (ulp), as tested against SciPy in float64

    def exp(self, a: str, bounded: bool = False) -> str:
        """e^a, 1 ulp; 0 below and infinity above what the type can hold, denormals right.

        `bounded` is the caller's word that -86 <= a <= 88 (float64: -700 ... 700): a quarter fewer instructions.
        """
        return vector_math.exp(self, a, bounded)

    def log(self, a: str) -> str:
        """The natural logarithm, 1.5 ulp; -infinity at 0, NaN below, denormals right."""
        return vector_math.log(self, a)

    def log1p(self, a: str) -> str:
        """log(1 + a), 1.5 ulp; -infinity at -1, NaN below."""
        return vector_math.log1p(self, a)

    def logistic(self, a: str) -> str:
        """1 / (1 + e^-a), 3 ulp down to denormals; nothing overflows on the way."""
        return vector_math.logistic(self, a)

    def sin(self, a: str) -> str:
        """The sine, 1 ulp for |a| <= 10^6, NaN beyond. In float32 computed in float64."""
        return self._in_double(vector_math.sin, a)

    def cos(self, a: str) -> str:
        """The cosine, 1 ulp for |a| <= 10^6, NaN beyond. In float32 computed in float64."""
        return self._in_double(vector_math.cos, a)

    def pow(self, a: str, b: str) -> str:
        """a^b as NumPy has it, but for negative powers of -0, broken powers of -infinity and infinite powers of -1.

        By multiplication where b is a constant whole number up to 8 in size, by a square root where it is 1/2; else
        exp(b log a): 1 ulp in float32, where it is computed in float64, and |b log a| + 2 ulp in float64. Of a negative
        a a whole power (|b| < 2^51) has its sign, any other is NaN; anything to the power 0 is 1.
        """
        if (constant := self.constant_value(b)) is not None and (short := vector_math.short_power(self, a, constant)):
            return short
        return self._in_double(vector_math.pow, a, b)

    def ndtri(self, a: str) -> str:
        """The standard normal quantile of a uniform, 5 ulp for every value that `uniform` gives.

        In float32 a short polynomial (Giles 2010) that is right for 2^-24 <= a <= 1 - 2^-24 only; `ndtri_any` takes any
        probability. In float64 the two are the same.
        """
        return self.ndtri_any(a) if self.double else vector_math.ndtri_of_uniform(self, a)

    def ndtri_any(self, a: str) -> str:
        """The standard normal quantile of a probability, 7 ulp, denormals too; infinite at 0 and 1, NaN outside.

        In float32 computed in float64, about four times the work of `ndtri`.
        """
        return self._in_double(vector_math.ndtri, a)

    def ndtr(self, a: str) -> str:
        """The standard normal distribution function, 6 ulp down to a = -37.5. In float32 computed in float64."""
        return self._in_double(vector_math.ndtr, a)

    def log_ndtr(self, a: str) -> str:
        """The logarithm of `ndtr`, 6 ulp however far out. In float32 computed in float64."""
        return self._in_double(vector_math.log_ndtr, a)

    def lrise(self, k: str, v: str) -> str:
        """log Gamma(k + v) - log Gamma(k) for k > 0, v >= 0 (the rising factorial of a negative binomial).

        1e-14 of max(1, |result|) even where k is so large that the two are nearly equal. In float32 computed in
        float64.
        """
        return self._in_double(vector_math.lrise, k, v)

    def drise(self, k: str, v: str) -> str:
        """psi(k + v) - psi(k), the slopes of log Gamma, for k > 0, v >= 0: the derivative of `lrise` by k, 10 ulp."""
        return self._in_double(vector_math.drise, k, v)

    def _in_double(self, function: Callable[..., str], *arguments: str) -> str:
        """function(writer, *arguments) in float64: two halves of a float32 vector, the result rounded once."""
        if self.double:
            return function(self, *arguments)
        if self._half is None:
            self._half = Writer(self.lanes // 2, double=True, fma=self.fused)
            self._half.lines, self._half.declarations, self._half._numbers = (
                self.lines,
                self.declarations,
                self._numbers,
            )
        half, parts = self._half, []
        narrow = f"<{half.lanes} x float>"
        for first in (0, half.lanes):
            picks = _places(range(first, first + half.lanes))
            inputs = []
            for a in arguments:
                part = self.new(f"shufflevector {self.real_type} {a}, {self.real_type} poison, {picks}")
                inputs.append(self.new(f"fpext {narrow} {part} to {half.real_type}"))
            parts.append(self.new(f"fptrunc {half.real_type} {function(half, *inputs)} to {narrow}"))
        return self.new(f"shufflevector {narrow} {parts[0]}, {narrow} {parts[1]}, {_places(range(self.lanes))}")

    # ---- masks

    def mask_to_float(self, mask: str) -> str:
        """1 where the mask is set, else 0."""
        return self.select(mask, self.constant(1), self.constant(0))

    def mask_to_bits(self, mask: str) -> str:
        """The mask as an integer of `bits_type`, the first lane the lowest bit: for memory, and to compare with 0."""
        bits = self.new(f"bitcast {self.mask_type} {mask} to i{self.lanes}")
        return bits if self.lanes >= 8 else self.new(f"zext i{self.lanes} {bits} to {self.bits_type}")

    def mask_from_bits(self, bits: str) -> str:
        """The mask that `mask_to_bits` made these bits of."""
        if self.lanes < 8:
            bits = self.new(f"trunc {self.bits_type} {bits} to i{self.lanes}")
        return self.new(f"bitcast i{self.lanes} {bits} to {self.mask_type}")

    def popcount(self, mask: str) -> str:
        """How many lanes the mask holds, i32."""
        kind = self.bits_type
        count = self.call(f"llvm.ctpop.{kind}", kind, (kind, self.mask_to_bits(mask)))
        return count if kind == "i32" else self.new(f"zext {kind} {count} to i32")

    # ---- random numbers

    def lane_numbers(self, first: str) -> str:
        """The i32 `first` plus 0, 1, 2, ... along the lanes: the futures' numbers, of `whole_type`."""
        steps = "<" + ", ".join(f"i32 {i}" for i in range(self.lanes)) + ">"
        return self.whole("add", self.splat(first, "i32", self.whole_type), steps)

    def lane_product(self, lane: str) -> str:
        """What `uniform` needs of the lanes' numbers besides themselves: made once for all draws of a group."""
        return self.whole("mul", lane, self.integer(0xC2B2AE35))

    def uniform(self, lane: str, lane_product: str, salt_a: str, salt_b: str) -> str:
        """The uniform of each lane: that of `engine.random_numbers`, a float32 in (0, 1) (widened in float64).

        Args:
            lane: the futures' numbers, of `whole_type`.
            lane_product: `lane_product(lane)`.
            salt_a, salt_b: i32 scalars, the two words that `random_numbers` makes of seed, step and draw.
        """
        a, b = (self.splat(salt, "i32", self.whole_type) for salt in (salt_a, salt_b))
        first = self.hash_mix(self.whole("xor", lane, a))
        bits = self.hash_mix(self.whole("add", first, self.whole("xor", lane_product, b)))
        # 23 random bits as the mantissa of a float in [1, 2); half a unit up keeps 0 out
        mantissa = self.whole("or", self.whole("lshr", bits, self.integer(9)), self.integer(0x3F800000))
        narrow = f"<{self.lanes} x float>"
        unit = self.new(f"bitcast {self.whole_type} {mantissa} to {narrow}")
        unit = self.new(f"fsub {narrow} {unit}, splat (float {hexadecimal(1.0)})")
        unit = self.new(f"fadd {narrow} {unit}, splat (float {hexadecimal(2.0**-24)})")
        return self.new(f"fpext {narrow} {unit} to {self.real_type}") if self.double else unit

    def hash_mix(self, words: str) -> str:
        """Words with their bits mixed: `random_numbers.mixed`."""
        words = self.whole("mul", self._shifted_in(words, 16), self.integer(0x7FEB352D))
        words = self.whole("mul", self._shifted_in(words, 15), self.integer(0x846CA68B))
        return self._shifted_in(words, 16)

    def _shifted_in(self, words: str, by: int) -> str:
        return self.whole("xor", words, self.whole("lshr", words, self.integer(by)))

    def whole(self, op: str, a: str, b: str) -> str:
        """An instruction on vectors of 32-bit words: add, mul, xor, lshr, ..."""
        return self.new(f"{op} {self.whole_type} {a}, {b}")

    # ---- scalars and memory

    def splat(self, scalar: str, kind: str, vector_type: str) -> str:
        """A scalar of type `kind` in every lane of a vector."""
        first = self.new(f"insertelement {vector_type} poison, {kind} {scalar}, i64 0")
        return self.new(f"shufflevector {vector_type} {first}, {vector_type} poison, {self.whole_type} zeroinitializer")

    def scalar(self, op: str, a: str | int, b: str | int, kind: str = "i32") -> str:
        """An instruction on two scalars of one type: add, mul, "icmp slt", fadd, ..."""
        result = self.new(f"{op} {kind} {a}, {b}")
        if kind == "i64" and not op.startswith("icmp"):
            self._long.add(result)
        return result

    def lengthen(self, index: str | int) -> str:
        """An i32 as an i64, for indices whose products outgrow 32 bits."""
        result = self.new(f"sext i32 {index} to i64")
        self._long.add(result)
        return result

    def index(self, *terms: tuple[str | int, str | int] | str | int) -> str:
        """A 64-bit index: the sum of products of i64 values and numbers; a term alone counts once."""
        out = ""
        for term in terms:
            value, factor = term if isinstance(term, tuple) else (term, 1)
            product = str(value) if factor == 1 else self.scalar("mul", str(value), factor, "i64")
            out = self.scalar("add", out, product, "i64") if out else product
        return out

    def at(self, pointer: str, index: str | int, kind: str) -> str:
        """The address of element `index` of an array of `kind`.

        The index is an i32, or an i64 that came out of `lengthen` or `scalar(..., "i64")`.
        """
        index = index if isinstance(index, int) or index in self._long else self.lengthen(index)
        return self.new(f"getelementptr inbounds {kind}, ptr {pointer}, i64 {index}")

    def load(self, pointer: str, kind: str) -> str:
        """What is in memory at `pointer`; a vector may lie anywhere that its elements may."""
        result = self.new(f"load {kind}, ptr {pointer}{_alignment(kind)}")
        if kind == "i64":
            self._long.add(result)
        return result

    def store(self, value: str | int, kind: str, pointer: str) -> None:
        """Put a value into memory."""
        self.lines.append(f"store {kind} {value}, ptr {pointer}{_alignment(kind)}")

    def variable(self, kind: str) -> str:
        """The address of a variable of the function's own, made at its beginning."""
        name = f"%v{next(self._numbers)}"
        self._variables.append(f"{name} = alloca {kind}")
        return name

    def lane_sum(self, a: str, start: str) -> str:
        """The sum over lanes, a scalar, onto `start`. Needs 4 lanes at least.

        Fours of neighbouring lanes are summed as (0 + 2) + (1 + 3), and the fours in turn. So a sum carried along as
        `start` has the same bits whether sixteen futures lie in one vector, in two or in four.
        """
        for distance in (2, 1):
            picks = _places(i ^ distance for i in range(self.lanes))
            a = self.add(a, self.new(f"shufflevector {self.real_type} {a}, {self.real_type} poison, {picks}"))
        for lane in range(0, self.lanes, 4):
            four = self.new(f"extractelement {self.real_type} {a}, i64 {lane}")
            start = self.scalar("fadd", start, four, self.number_type)
        return start

    # ---- control flow

    @contextmanager
    def loop(self, low: str | int, high: str | int, name: str, backwards: bool = False) -> Iterator[str]:
        """What is written inside runs for each i32 index in low ... high - 1, or from the last down to the first."""
        label = self._label(name)
        first = self.scalar("sub", high, 1) if backwards else low
        before, index = self._block, f"%{label}.index"
        self._jump(label)
        place = len(self.lines)
        self.lines.append("")  # the phi of the index: where it comes from is known at the end of the body
        inside = self.scalar("icmp sge", index, low) if backwards else self.scalar("icmp slt", index, high)
        self.lines.append(f"br i1 {inside}, label %{label}.body, label %{label}.end")
        self._open(f"{label}.body")
        yield index
        following = self.scalar("add", index, -1 if backwards else 1)
        self.lines[place] = f"{index} = phi i32 [ {first}, %{before} ], [ {following}, %{self._block} ]"
        self.lines.append(f"br label %{label}")
        self._open(f"{label}.end")

    @contextmanager
    def taking(self, counter: str, high: str, name: str) -> Iterator[str]:
        """What is written inside runs for each i32 index below `high` that this thread is the first to take from a
        counter in memory, which begins at 0 and is shared by all threads."""
        label = self._label(name)
        self._jump(label)
        index = self.new(f"atomicrmw add ptr {counter}, i32 1 monotonic")
        inside = self.scalar("icmp slt", index, high)
        self.lines.append(f"br i1 {inside}, label %{label}.body, label %{label}.end")
        self._open(f"{label}.body")
        yield index
        self.lines.append(f"br label %{label}")
        self._open(f"{label}.end")

    @contextmanager
    def when(self, condition: str, name: str) -> Iterator[None]:
        """What is written inside runs only where the i1 `condition` holds; its values cannot be used outside."""
        label = self._label(name)
        self.lines.append(f"br i1 {condition}, label %{label}, label %{label}.end")
        self._open(label)
        yield
        self._jump(f"{label}.end")

    def _label(self, name: str) -> str:
        return f"{name}.{next(self._numbers)}"

    def _open(self, label: str) -> None:
        self.lines.append(f"{label}:")
        self._block = label

    def _jump(self, label: str) -> None:
        self.lines.append(f"br label %{label}")
        self._open(label)

    def function(self, name: str, parameters: str) -> str:
        """End the function that was written: the text of the module with it and all functions ended before.

        The writer then stands at the beginning of another function. `parameters` as LLVM has them:
        "i32 %count, ptr noalias %x".
        """
        body = [*self._variables, *self.lines, "ret void"]
        self._functions.append("\n".join([f"define void @{name}({parameters}) #0 {{", "entry:", *body, "}"]))
        self.lines.clear()  # in place: the float64 halves write into the same list
        self._variables.clear()
        self._long.clear()
        self._block = "entry"
        width = self.lanes * (64 if self.double else 32)
        # whole vectors in registers of that size, where the CPU has them
        widths = f'"prefer-vector-width"="{width}" "min-legal-vector-width"="{width}"'
        attributes = f"attributes #0 = {{ nounwind {widths} }}"
        return "\n".join([*self.declarations.values(), *self._functions, attributes, ""])


def _places(places: Iterator[int] | range) -> str:
    """The lanes that a shuffle takes, as its constant operand."""
    words = [f"i32 {i}" for i in places]
    return f"<{len(words)} x i32> <{', '.join(words)}>"


def _alignment(kind: str) -> str:
    """A vector is aligned like its elements (arrays of NumPy are not aligned like vectors); others as is usual."""
    if not kind.startswith("<"):
        return ""
    return f", align {8 if 'double' in kind or 'i64' in kind else 4}"
