"""Functions on lanes, written from operations that every CPU rounds alike: exp, log, gamma functions, normal quantiles.

Each takes what writes arithmetic and the names of its arguments, and gives the name of the result. `exp`, `log`,
`log1p`, `expm1` and `logistic` are written for both widths; the others in float64 (a float32 writer computes them in
halves). The methods of `vector_ir.Writer` say what each gives and how exactly.

Sources: fdlibm (Sun Microsystems 1993) for exp, log, sin and cos in float64; Cephes (Moshier 1992) for exp and log in
float32; Giles (2010), "Approximating the erfinv function"; Wichura (1988), algorithm AS 241; Cody (1969), "Rational
Chebyshev approximations for the error function"; Stirling's series for the gamma functions.
"""

from __future__ import annotations

import math

from detente.engine.backends.vector_arithmetic import Arithmetic

_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # fdlibm: the high part has 32 bits


def _list(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split()))


# ---- rounding and powers of two, by the bits of a number


def _magic(w: Arithmetic) -> float:
    """1.5 * 2^52 (2^23): to add it to a number leaves no place for a fraction; |number| < 2^51 (2^22)."""
    return 1.5 * 2.0 ** (52 if w.double else 23)


def _rounded(w: Arithmetic, x: str) -> str:
    """The nearest whole number, ties to even."""
    magic = w.constant(_magic(w))
    return w.sub(w.add(x, magic), magic)


def _bits(w: Arithmetic, x: str) -> str:
    return w.new(f"bitcast {w.real_type} {x} to {w.bit_pattern_type}")


def _number(w: Arithmetic, bits: str) -> str:
    return w.new(f"bitcast {w.bit_pattern_type} {bits} to {w.real_type}")


def _on_bits(w: Arithmetic, op: str, a: str, b: int) -> str:
    return w.new(f"{op} {w.bit_pattern_type} {a}, {w.bit_pattern(b)}")


def _power_of_two(w: Arithmetic, n: str) -> str:
    """2^n for a whole n within the exponents of normal numbers."""
    bias, place = (1023, 52) if w.double else (127, 23)
    # the last bits of magic + bias + n are the exponent's field
    return _number(w, _on_bits(w, "shl", _bits(w, w.add(n, w.constant(_magic(w) + bias))), place))


# ---- exp and its kin


def _reduced(w: Arithmetic, x: str) -> tuple[str, str, str]:
    """x = n log 2 + high - low with n whole: (n, high, low)."""
    n = _rounded(w, w.mul(x, w.constant(math.log2(math.e))))
    if w.double:
        high, low = w.sub(x, w.mul(n, w.constant(_LN2_HIGH))), w.mul(n, w.constant(_LN2_LOW))
    else:
        high, low = w.sub(x, w.mul(n, w.constant(0.693359375))), w.mul(n, w.constant(-2.12194440e-4))
    return n, high, low


_EXP_DOUBLE = _list(
    "4.13813679705723846039e-08 -1.65339022054652515390e-06 6.61375632143793436117e-05 -2.77777777770155933842e-03"
    " 1.66666666666666019037e-01"
)
_EXP_SINGLE = _list("1.9875691500e-4 1.3981999507e-3 8.3334519073e-3 4.1665795894e-2 1.6666665459e-1 5.0000001201e-1")


def _exp_less_one(w: Arithmetic, high: str, low: str) -> str:
    """e^r - 1 for r = high - low, |r| <= log(2) / 2."""
    r = w.sub(high, low)
    square = w.mul(r, r)
    if not w.double:
        return w.fma(w.polynomial(r, _EXP_SINGLE), square, r)
    c = w.sub(r, w.mul(square, w.polynomial(square, _EXP_DOUBLE)))
    return w.sub(high, w.sub(low, w.div(w.mul(r, c), w.sub(w.constant(2), c))))


def exp(w: Arithmetic, x: str, bounded: bool = False) -> str:
    if not bounded:
        low, high = (-746, 710) if w.double else (-104, 89)  # beyond these the result is 0 or infinity anyway
        x = w.min(w.constant(high), w.max(w.constant(low), x))
    n, high, low = _reduced(w, x)
    y = w.add(_exp_less_one(w, high, low), w.constant(1))
    if bounded:
        return w.mul(y, _power_of_two(w, n))
    half = _rounded(w, w.mul(n, w.constant(0.5)))  # in two steps, since 2^n alone may be too small or too large
    return w.mul(w.mul(y, _power_of_two(w, half)), _power_of_two(w, w.sub(n, half)))


def logistic(w: Arithmetic, x: str) -> str:
    e = exp(w, w.neg(w.abs(x)))
    above = w.select(w.compare("lt", x, w.constant(0)), e, w.constant(1))
    return w.div(above, w.add(w.constant(1), e))


# ---- log and its kin

_LOG_DOUBLE = _list(
    "1.479819860511658591e-01 1.531383769920937332e-01 1.818357216161805012e-01 2.222219843214978396e-01"
    " 2.857142874366239149e-01 3.999999999940941908e-01 6.666666666666735130e-01"
)
_LOG_SINGLE = _list(
    "7.0376836292e-2 -1.1514610310e-1 1.1676998740e-1 -1.2420140846e-1 1.4249322787e-1 -1.6668057665e-1"
    " 2.0000714765e-1 -2.4999993993e-1 3.3333331174e-1"
)


def _log_normal(w: Arithmetic, x: str, shift: str | None = None) -> str:
    """log x for a positive, normal, finite x; `shift` is added to the exponent of 2 first."""
    root, one, place, fraction = (
        (0x3FE6A09E667F3BCD, 0x3FF0000000000000, 52, 0x000FFFFFFFFFFFFF)
        if w.double
        else (0x3F3504F3, 0x3F800000, 23, 0x007FFFFF)
    )
    # x = 2^e m with m from sqrt(1/2) to sqrt(2)
    t = _on_bits(w, "add", _bits(w, x), one - root)
    m = _number(w, _on_bits(w, "add", _on_bits(w, "and", t, fraction), root))
    base = 2.0**place  # its last bits, with the exponent's field put there, are the exponent and 127 (1023)
    biased = _number(
        w, _on_bits(w, "or", _on_bits(w, "lshr", t, place), 0x4330000000000000 if w.double else 0x4B000000)
    )
    e = w.sub(biased, w.constant(base + (1023 if w.double else 127)))
    if shift is not None:
        e = w.add(e, shift)
    f = w.sub(m, w.constant(1))
    if not w.double:
        square = w.mul(f, f)
        p = w.mul(w.mul(w.polynomial(f, _LOG_SINGLE), square), f)
        return w.fma(e, w.constant(math.log(2)), w.add(w.fma(square, w.constant(-0.5), p), f))
    s = w.div(f, w.add(w.constant(2), f))
    z = w.mul(s, s)
    rest = w.mul(z, w.polynomial(z, _LOG_DOUBLE))
    half_square = w.mul(w.mul(f, f), w.constant(0.5))
    low = w.add(w.mul(s, w.add(half_square, rest)), w.mul(e, w.constant(_LN2_LOW)))
    return w.sub(w.mul(e, w.constant(_LN2_HIGH)), w.sub(w.sub(half_square, low), f))


def log(w: Arithmetic, x: str) -> str:
    least, up = (2.0**-1022, 54) if w.double else (2.0**-126, 25)
    small = w.compare("lt", x, w.constant(least))
    scaled = w.select(small, w.mul(x, w.constant(2.0**up)), x)
    result = _log_normal(w, scaled, w.select(small, w.constant(-up), w.constant(0)))
    result = w.select(w.compare("lt", x, w.constant(math.inf)), result, x)  # infinity and NaN stay what they are
    zero = w.constant(0)
    result = w.select(w.compare("lt", x, zero), w.constant(math.nan), result)
    return w.select(w.compare("eq", x, zero), w.constant(-math.inf), result)


def log1p(w: Arithmetic, x: str) -> str:
    u = w.add(w.constant(1), x)
    lost = w.sub(x, w.sub(u, w.constant(1)))  # what rounding took from 1 + x
    result = log(w, u)
    corrected = w.add(result, w.div(lost, u))
    # 0 at x = -1, NaN at infinity: there log(u) is right as it is
    return w.select(w.new(f"fcmp one {w.real_type} {lost}, {w.constant(0)}"), corrected, result)


# ---- powers


def short_power(w: Arithmetic, a: str, exponent: float) -> str | None:
    """a^exponent by multiplication or a square root; None where the exponent is not a small whole number or 1/2."""
    if exponent == 0.5:
        return w.sqrt(a)
    if not abs(exponent) <= 8 or exponent != int(exponent):  # infinities and what is no number are no whole numbers
        return None
    left, result = abs(int(exponent)), None
    while left:
        if left & 1:
            result = a if result is None else w.mul(result, a)
        left >>= 1
        a = w.mul(a, a) if left else a
    if result is None:
        return w.constant(1)
    return w.div(w.constant(1), result) if exponent < 0 else result


def pow(w: Arithmetic, a: str, b: str) -> str:
    zero, one = w.constant(0), w.constant(1)
    size = exp(w, w.mul(b, log(w, w.abs(a))))
    whole = w.compare("eq", _rounded(w, b), b)
    half = w.mul(b, w.constant(0.5))
    odd = w.compare("ne", _rounded(w, half), half)
    signed = w.select(whole, w.select(odd, w.neg(size), size), w.constant(math.nan))
    result = w.select(w.compare("lt", a, zero), signed, size)
    return w.select(w.logic_or(w.compare("eq", b, zero), w.compare("eq", a, one)), one, result)


# ---- sine and cosine

_HALF_PI = _list("1.57079632673412561417e+00 6.07710050630396597660e-11 2.02226624879595063154e-21")
_SIN = _list(
    "1.58969099521155010221e-10 -2.50507602534068634195e-08 2.75573137070700676789e-06 -1.98412698298579493134e-04"
    " 8.33333333332248946124e-03"
)
_COS = _list(
    "-1.13596475577881948265e-11 2.08757232129817482790e-09 -2.75573143513906633035e-07 2.48015872894767294178e-05"
    " -1.38888888888741095749e-03 4.16666666666666019037e-02"
)


def sin(w: Arithmetic, x: str) -> str:
    return _wave(w, x, 0)


def cos(w: Arithmetic, x: str) -> str:
    return _wave(w, x, 1)


def _wave(w: Arithmetic, x: str, ahead: int) -> str:
    """The sine of x + ahead quarters of a turn."""
    n = _rounded(w, w.mul(x, w.constant(2 / math.pi)))
    # x less n quarters of a turn, as y + z: the first two products are exact up to n = 2^20
    first, second, third = (w.mul(n, w.constant(part)) for part in _HALF_PI)
    top = w.sub(x, first)
    near = w.sub(top, second)
    small = w.sub(third, w.sub(w.sub(top, near), second))
    y = w.sub(near, small)
    z = w.sub(w.sub(near, y), small)
    square = w.mul(y, y)
    half, one = w.constant(0.5), w.constant(1)
    cube = w.mul(square, y)
    s = w.sub(w.mul(z, half), w.mul(cube, w.polynomial(square, _SIN)))
    sine = w.sub(y, w.sub(w.sub(w.mul(square, s), z), w.mul(cube, w.constant(-1.66666666666666324348e-01))))
    half_square = w.mul(square, half)
    c = w.sub(w.mul(square, w.mul(square, w.polynomial(square, _COS))), w.mul(y, z))
    start = w.sub(one, half_square)
    cosine = w.add(start, w.add(w.sub(w.sub(one, start), half_square), c))
    quarter = _on_bits(w, "add", _bits(w, w.add(n, w.constant(_magic(w)))), ahead)
    odd = w.new(f"icmp ne {w.bit_pattern_type} {_on_bits(w, 'and', quarter, 1)}, zeroinitializer")
    sign = _on_bits(w, "shl", _on_bits(w, "and", quarter, 2), 62)
    turned = w.new(f"xor {w.bit_pattern_type} {_bits(w, w.select(odd, cosine, sine))}, {sign}")
    within = w.compare("le", w.abs(x), w.constant(1e6))
    return w.select(within, _number(w, turned), w.constant(math.nan))


# ---- the normal distribution

# Giles (2010), table 4
_GILES_CENTRE = _list(
    "2.81022636e-08 3.43273939e-07 -3.5233877e-06 -4.39150654e-06 0.00021858087 -0.00125372503 -0.00417768164"
    " 0.246640727 1.50140941"
)
_GILES_TAIL = _list(
    "-0.000200214257 0.000100950558 0.00134934322 -0.00367342844 0.00573950773 -0.0076224613 0.00943887047"
    " 1.00167406 2.83297682"
)


def ndtri_of_uniform(w: Arithmetic, u: str) -> str:
    x = w.fma(u, w.constant(2), w.constant(-1))
    below = _log_normal(w, w.mul(w.mul(u, w.constant(4)), w.sub(w.constant(1), u)))  # log(1 - x^2), 0 or less
    centre = w.polynomial(w.sub(w.constant(-2.5), below), _GILES_CENTRE)
    tail = w.polynomial(w.sub(w.sqrt(w.neg(below)), w.constant(3)), _GILES_TAIL)
    inverse = w.mul(w.select(w.compare("gt", below, w.constant(-5)), centre, tail), x)
    return w.mul(inverse, w.constant(math.sqrt(2)))


# Wichura (1988), AS 241, PPND16: numerators and denominators of the centre, the tail and the far tail
_WICHURA = tuple(
    _list(row)
    for row in (
        "2.5090809287301226727e3 3.3430575583588128105e4 6.7265770927008700853e4 4.5921953931549871457e4"
        " 1.3731693765509461125e4 1.9715909503065514427e3 1.3314166789178437745e2 3.3871328727963666080e0",
        "5.2264952788528545610e3 2.8729085735721942674e4 3.9307895800092710610e4 2.1213794301586595867e4"
        " 5.3941960214247511077e3 6.8718700749205790830e2 4.2313330701600911252e1 1.0",
        "7.74545014278341407640e-4 2.27238449892691845833e-2 2.41780725177450611770e-1 1.27045825245236838258e0"
        " 3.64784832476320460504e0 5.76949722146069140550e0 4.63033784615654529590e0 1.42343711074968357734e0",
        "1.05075007164441684324e-9 5.47593808499534494600e-4 1.51986665636164571966e-2 1.48103976427480074590e-1"
        " 6.89767334985100004550e-1 1.67638483018380384940e0 2.05319162663775882187e0 1.0",
        "2.01033439929228813265e-7 2.71155556874348757815e-5 1.24266094738807843860e-3 2.65321895265761230930e-2"
        " 2.96560571828504891230e-1 1.78482653991729133580e0 5.46378491116411436990e0 6.65790464350110377720e0",
        "2.04426310338993978564e-15 1.42151175831644588870e-7 1.84631831751005468180e-5 7.86869131145613259100e-4"
        " 1.48753612908506148525e-2 1.36929880922735805310e-1 5.99832206555887937690e-1 1.0",
    )
)


def ndtri(w: Arithmetic, p: str) -> str:
    q = w.sub(p, w.constant(0.5))
    upper = w.compare("gt", q, w.constant(0))
    nearer = w.select(upper, w.sub(w.constant(1), p), p)
    r = w.sub(w.constant(0.180625), w.mul(q, q))
    centre = w.div(w.mul(q, w.polynomial(r, _WICHURA[0])), w.polynomial(r, _WICHURA[1]))
    depth = w.sqrt(w.neg(log(w, nearer)))
    far = w.compare("gt", depth, w.constant(5))
    shifted = w.sub(depth, w.select(far, w.constant(5), w.constant(1.6)))
    above, below = (
        w.select(far, w.polynomial(shifted, _WICHURA[4 + i]), w.polynomial(shifted, _WICHURA[2 + i])) for i in (0, 1)
    )
    tail = w.div(above, below)
    tail = w.select(w.compare("eq", nearer, w.constant(0)), w.constant(math.inf), tail)
    tail = w.select(upper, tail, w.neg(tail))
    return w.select(w.compare("le", w.abs(q), w.constant(0.425)), centre, tail)


# Cody (1969): numerators and denominators for |x| up to 0.67, up to the square root of 32, and (in 1/x^2) beyond
_CODY = tuple(
    _list(row)
    for row in (
        "6.5682337918207449113e-2 2.2352520354606839287 161.02823106855587881 1067.6894854603709582"
        " 18154.981253343561249",
        "1 47.20258190468824187 976.09855173777669322 10260.932208618978205 45507.789335026729956",
        "1.0765576773720192317e-8 0.39894151208813466764 8.8831497943883759412 93.506656132177855979"
        " 597.27027639480026226 2494.5375852903726711 6848.1904505362823326 11602.651437647350124"
        " 9842.7148383839780218",
        "1 22.266688044328115691 235.38790178262499861 1519.377599407554805 6485.558298266760755 18615.571640885098091"
        " 34900.952721145977266 38912.003286093271411 19685.429676859990727",
        "0.02307344176494017303 0.21589853405795699 0.1274011611602473639 0.022235277870649807 0.001421619193227893466"
        " 2.9112874951168792e-5",
        "1 1.28426009614491121 0.468238212480865118 0.0659881378689285515 0.00378239633202758244"
        " 7.29751555083966205e-5",
    )
)


def _ratio(w: Arithmetic, x: str, row: int) -> str:
    return w.div(w.polynomial(x, _CODY[row]), w.polynomial(x, _CODY[row + 1]))


def _less_half(w: Arithmetic, x: str) -> str:
    """The normal distribution function less 1/2, for |x| <= 0.67."""
    return w.mul(x, _ratio(w, w.mul(x, x), 0))


def _tail_factor(w: Arithmetic, y: str) -> str:
    """The probability above y times e^(y^2 / 2), for y >= 0.67."""
    inverse = w.div(w.constant(1), w.mul(y, y))
    correction = w.mul(inverse, _ratio(w, inverse, 4))
    far = w.div(w.sub(w.constant(1 / math.sqrt(2 * math.pi)), correction), y)
    return w.select(w.compare("lt", y, w.constant(math.sqrt(32))), _ratio(w, y, 2), far)


def _tail(w: Arithmetic, y: str) -> str:
    """The probability above y, for y >= 0.67."""
    y = w.min(w.constant(40), y)  # beyond it nothing is left
    # y^2 = s^2 + (y - s)(y + s) with s in sixteenths, so that the first is exact and the second small
    s = w.mul(_rounded(w, w.mul(y, w.constant(16))), w.constant(1 / 16))
    rest = w.mul(w.sub(y, s), w.add(y, s))
    minus_half = w.constant(-0.5)
    bell = w.mul(exp(w, w.mul(w.mul(s, s), minus_half)), exp(w, w.mul(rest, minus_half), bounded=True))
    return w.mul(bell, _tail_factor(w, y))


def ndtr(w: Arithmetic, x: str) -> str:
    y, one = w.abs(x), w.constant(1)
    tail = _tail(w, y)
    outer = w.select(w.compare("lt", x, w.constant(0)), tail, w.sub(one, tail))
    return w.select(w.compare("le", y, w.constant(0.67)), w.add(w.constant(0.5), _less_half(w, x)), outer)


def log_ndtr(w: Arithmetic, x: str) -> str:
    y = w.abs(x)
    near = w.compare("le", y, w.constant(0.67))
    bell = w.select(near, w.constant(0), w.mul(w.mul(y, y), w.constant(-0.5)))
    lower = w.add(bell, log(w, w.select(near, w.add(w.constant(0.5), _less_half(w, x)), _tail_factor(w, y))))
    upper = log1p(w, w.neg(_tail(w, w.max(w.constant(0.67), x))))
    return w.select(w.compare("gt", x, w.constant(0.67)), upper, lower)


# ---- gamma functions, for positive arguments: shifted to 8 or more, then Stirling's series

_STIRLING = (-3617 / 122400, 1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)
_STIRLING_SLOPE = (-3617 / 8160, 1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12)
_SHIFT = 8


def _rising(w: Arithmetic, x: str) -> tuple[str, str]:
    """x (x + 1) ... (x + 7) and its derivative."""
    product, slope = x, w.constant(1)
    for i in range(1, _SHIFT):
        factor = w.add(x, w.constant(i))
        slope = w.fma(slope, factor, product)
        product = w.mul(product, factor)
    return product, slope


def _stirling(w: Arithmetic, y: str) -> str:
    """What log Gamma(y) has beyond (y - 1/2) log y - y + log(2 pi) / 2."""
    r = w.div(w.constant(1), y)
    return w.mul(r, w.polynomial(w.mul(r, r), _STIRLING))


def _stirling_slope(w: Arithmetic, y: str) -> str:
    """What log y has beyond the slope of log Gamma at y."""
    r = w.div(w.constant(1), y)
    square = w.mul(r, r)
    return w.fma(square, w.polynomial(square, _STIRLING_SLOPE), w.mul(r, w.constant(0.5)))


def lrise(w: Arithmetic, k: str, v: str) -> str:
    low, zero = w.compare("lt", k, w.constant(_SHIFT)), w.constant(0)
    a = w.add(k, w.select(low, w.constant(_SHIFT), zero))
    b = w.add(a, v)
    # (b - 1/2) log b - b less the same of a, without the difference of two large numbers
    main = w.mul(w.sub(a, w.constant(0.5)), log1p(w, w.div(v, a)))
    main = w.fma(v, w.sub(log(w, b), w.constant(1)), main)
    steps = w.sub(log(w, _rising(w, k)[0]), log(w, _rising(w, w.add(k, v))[0]))
    return w.add(w.add(main, w.sub(_stirling(w, b), _stirling(w, a))), w.select(low, steps, zero))


def drise(w: Arithmetic, k: str, v: str) -> str:
    low, zero = w.compare("lt", k, w.constant(_SHIFT)), w.constant(0)
    a = w.add(k, w.select(low, w.constant(_SHIFT), zero))
    main = w.sub(log1p(w, w.div(v, a)), w.sub(_stirling_slope(w, w.add(a, v)), _stirling_slope(w, a)))
    (product, slope), (later, later_slope) = _rising(w, k), _rising(w, w.add(k, v))
    steps = w.sub(w.div(slope, product), w.div(later_slope, later))
    return w.add(main, w.select(low, steps, zero))
