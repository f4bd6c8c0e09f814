"""Twenty steps of every method on a small logistic regression, in NumPy from the papers' formulas.

Writes methods_golden.json, which tests/methods/golden_test.cc replays. Directions come from philox.py, matrices are
formed whole and inverted by NumPy, so nothing of the C++ arithmetic is repeated here.
"""

import json
import pathlib

import numpy as np
from philox import DENSE, TEST, Stream

SUBSPACE, DIRECTION, SAMPLE = 4, 6, 13  # purposes
SEED, ROWS, D, STEPS = 20240607, 40, 12, 20
TENSORS = [range(0, 5), range(5, 12)]
KEPT = (1, 5, 20)  # numbers of steps after which θ is recorded

numbers = Stream(1, TEST).normal(ROWS * D + ROWS + D)
A = numbers[: ROWS * D].reshape(ROWS, D)
START = 0.5 * numbers[-D:]
Y = np.where(A @ np.linspace(-1, 1, D) + numbers[ROWS * D : -D] > 0, 1.0, -1.0)
RIDGE = 0.01


def f(x):
    return np.logaddexp(0.0, -Y * (A @ x)).mean() + 0.5 * RIDGE * x @ x


def examples(x):
    return np.logaddexp(0.0, -Y * (A @ x)) + 0.5 * RIDGE * x @ x


def unit(i):
    return np.eye(D)[i]


def direction(step, index, signs=False):
    seed = int(Stream(SEED, DIRECTION, step).bits(index + 1)[index])
    return Stream(seed, DENSE).signs(D) if signs else Stream(seed, DENSE).normal(D)


def subset(period, m):
    words, order = Stream(SEED, SUBSPACE, period).bits(m), list(range(D))
    for i in range(m):
        j = i + ((int(words[i]) * (D - i)) >> 64)
        order[i], order[j] = order[j], order[i]
    return order[:m]


def uniform(stream, count):
    return ((stream.bits(count) >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53


class ByLayer:
    """Subsets in which a tensor has places in proportion to its size times (mean of g², fading)^power."""

    def __init__(self, m, power):
        self.m, self.power, self.squares, self.counts = m, power, np.zeros(2), np.zeros(2)

    def draw(self, period):
        keys, sizes = uniform(Stream(SEED, SAMPLE, period), 2 * D + 1), [len(t) for t in TENSORS]
        weights = np.ones(2)
        if self.counts.any():
            seen = self.counts > 0
            means = np.divide(self.squares, self.counts, out=np.zeros(2), where=seen)
            weights = sizes * np.where(seen, means / means.max(), 1.0) ** self.power
        # The first tensor's share, kept to what both can hold, and rounded at random.
        share = np.clip(self.m * weights[0] / weights.sum(), self.m - sizes[1], sizes[0])
        first = min(int(np.floor(share + 1 - keys[2 * D])), self.m)
        places = [first, self.m - first]
        chosen = [i for t, n in zip(TENSORS, places) for i in sorted(t, key=lambda i: keys[i])[:n]]
        return sorted(chosen, key=lambda i: keys[D + i])

    def learn(self, at, g):
        self.squares, self.counts = 0.99 * self.squares, 0.99 * self.counts
        for l, tensor in enumerate(TENSORS):
            for i in set(at) & set(tensor):
                self.squares[l] += g[i] ** 2
                self.counts[l] += 1


def cosine(lr, k):
    return lr * 0.5 * (1 + np.cos(np.pi * k / STEPS))


def cge_gradient(x, coordinates, eps):
    g = np.zeros(D)
    for i in coordinates:
        g[i] = (f(x + eps * unit(i)) - f(x)) / eps
    return g


def cge(rule, m, period, lr, eps=1e-3, schedule=False, layers=None):
    x, first, second, count = START.copy(), np.zeros(D), np.zeros(D), np.zeros(D)
    for k in range(STEPS):
        if k % period == 0:
            at = layers.draw(k // period) if layers else subset(k // period, m)
        g, rate = cge_gradient(x, at, eps), cosine(lr, k) if schedule else lr
        if layers:
            layers.learn(at, g)
        if rule == "sgd":
            x = x - rate * g
        elif rule == "momentum":
            first = 0.9 * first + g
            x = x - rate * first
        else:
            for i in at:
                count[i] += 1
                first[i] = 0.9 * first[i] + 0.1 * g[i]
                second[i] = 0.999 * second[i] + 0.001 * g[i] ** 2
                m1, m2 = first[i] / (1 - 0.9 ** count[i]), second[i] / (1 - 0.999 ** count[i])
                x[i] -= rate * m1 / (np.sqrt(m2) + 1e-8)
        yield x


def sgd(lr=0.2, momentum=0.9, decay=0.05):
    x, buf = START.copy(), np.zeros(D)
    for k in range(STEPS):
        g = -(A.T @ (Y / (1 + np.exp(Y * (A @ x))))) / ROWS + RIDGE * x
        buf = momentum * buf + g + decay * x
        x = x - cosine(lr, k) * buf
        yield x


def deepzero(lr=0.1, mu=5e-3):
    x, buf, epoch = START.copy(), np.zeros(D), STEPS / 50
    for k in range(STEPS):
        warm = 3 * epoch  # not whole here: the cosine has not begun at a step before it, and t is 0
        t = max(k - warm, 0.0) / (STEPS - warm)
        rate = lr * (k + 1) / warm if k + 1 <= warm else lr * 0.5 * (1 + np.cos(np.pi * t))
        buf = 0.9 * buf + cge_gradient(x, range(D), mu) + 5e-4 * x
        x = x - rate * buf
        yield x


def zo_sah(m=6, period=5, eps=1e-2, kappa=0.05, lr=0.3, scaled=None):
    """`scaled`: (β₁, β₂, floor) of eigenvalues floored in the scale of past gradients, at the median then."""
    x, mean, square, count = START.copy(), np.zeros(D), np.zeros(D), np.zeros(D)
    for k in range(STEPS):
        at, base = subset(k // period, m), f(x)
        pairs = [at[j : j + 2] for j in range(0, m, 2)]
        if k % period == 0:
            blocks = []
            for a, b in pairs:
                ea, eb = eps * unit(a), eps * unit(b)
                haa = (f(x + ea) - 2 * base + f(x - ea)) / eps**2
                hbb = (f(x + eb) - 2 * base + f(x - eb)) / eps**2
                hab = (f(x + ea + eb) - f(x + ea) - f(x + eb) + base) / eps**2
                blocks.append(np.array([[haa, hab], [hab, hbb]]))
        step, g, root, least = np.zeros(D), np.zeros(D), np.ones(D), kappa
        for pair, h in zip(pairs, blocks):
            g[pair] = cge_gradient(x, pair, eps)[pair] - 0.5 * eps * np.diag(h)
        if scaled:
            beta1, beta2, floor = scaled
            mean[at], square[at] = beta1 * mean[at] + (1 - beta1) * g[at], beta2 * square[at] + (1 - beta2) * g[at] ** 2
            count[at] += 1
            g[at] = mean[at] / (1 - beta1 ** count[at])
            loud = np.sqrt(square[at] / (1 - beta2 ** count[at]))
            root[at] = np.sqrt(np.maximum(loud / np.sort(loud)[m // 2], floor))
            moduli = [np.abs(np.linalg.eigvalsh(h / np.outer(root[p], root[p]))) for p, h in zip(pairs, blocks)]
            least = np.sort(np.concatenate(moduli))[m // 2]
        for pair, h in zip(pairs, blocks):
            values, vectors = np.linalg.eigh(h / np.outer(root[pair], root[pair]))
            step[pair] = vectors @ ((vectors.T @ (g[pair] / root[pair])) / np.maximum(np.abs(values), least)) / root[pair]
        x = x - lr * step
        yield x


def natural(block, m=6, period=5, eps=1e-2, lr=1.0, beta1=0.9, beta2=0.99, damping=0.5, trust=0.03, floor=0.5, every=0, share=1.0):
    """zo-sah with a Fisher matrix from the losses of examples; `every`: steps between looks back, 0: none."""
    x, mean, square, count = START.copy(), np.zeros(D), np.zeros(D), np.zeros(D)
    fall, bend, last = 0.0, 0.0, None
    for k in range(STEPS):
        at, base = subset(k // period, m), examples(x)
        if every and k > 0 and k % every == 0:
            before, beyond = f(x - last), f(x + last)
            fall, bend = 0.9 * fall + (before - beyond) / 2, 0.9 * bend + before + beyond - 2 * f(x)
            ahead = np.clip(fall / bend, -1, 1) if bend > 0 else np.sign(fall)
            share = np.clip(share * np.exp(0.1 * ahead), 0.1, 1.0)
        jacobian = np.array([(examples(x + eps * unit(i)) - base) / eps for i in at])
        mean[at] = beta1 * mean[at] + (1 - beta1) * jacobian.mean(axis=1)
        square[at] = beta2 * square[at] + (1 - beta2) * (jacobian**2).mean(axis=1)
        count[at] += 1
        scale = np.sqrt(square[at] / (1 - beta2 ** count[at]))
        scale = np.maximum(scale, floor * np.sort(scale)[m // 2])
        g = mean[at] / (1 - beta1 ** count[at]) / scale
        scaled = jacobian / scale[:, None]
        if k % period == 0:
            outer = np.zeros((m, m))
        outer += scaled @ scaled.T / ROWS
        kept = np.array([[a // block == b // block for b in range(m)] for a in range(m)])
        w = np.linalg.solve(outer * kept / (k % period + 1) + damping * np.eye(m), g)
        last = np.zeros(D)
        last[at] = -lr * share * np.sqrt(trust / (w @ g)) * w / scale
        x = x + last
        yield x


def zo_sah_plus(m=2, eps=0.1, kappa_rel=0.02):
    """Its preset for functions: a curvature a coordinate, guided draws, length from consecutive losses."""
    x, curvature, promise, order = START.copy(), {}, np.zeros(D), subset(0, D)
    before, slopes, bends = None, 0.0, 0.0
    for k in range(STEPS):
        base = f(x)
        if k * m < D:
            at = order[k * m : k * m + m]
        else:
            u = uniform(Stream(SEED, SAMPLE, k), D)
            at = np.argsort(-np.log(u) / (promise + 0.1 * promise.mean()))[:m]
        for i in at:
            if i not in curvature:
                curvature[i] = (f(x + eps * unit(i)) - 2 * base + f(x - eps * unit(i))) / eps**2
        h = np.array([abs(curvature[i]) for i in at])
        g = np.array([cge_gradient(x, [i], eps)[i] - 0.5 * eps * curvature[i] for i in at])
        v = g / np.maximum(h, kappa_rel * np.sort(h)[m // 2])
        promise[at] = np.abs(g * v)
        rate = 0.5
        if before:
            last_base, last_rate, last_slope = before
            bend = 2 * (base - last_base + last_rate * last_slope) / last_rate**2
            slopes, bends = 0.5 * slopes + last_slope, 0.5 * bends + max(bend, 0.0)
            rate = min(max(slopes / bends, 0.05), 1.0)
        before = base, rate, g @ v
        x[at] -= rate * v
        yield x


def pair_root(m=6, period=5, eps=1e-2, lr=0.05, beta1=0.9, beta2=0.99):
    x, first, outer, count, mate = START.copy(), np.zeros(D), np.zeros((D, D)), np.zeros(D), {}
    for k in range(STEPS):
        at = subset(k // period, m)
        g, step = cge_gradient(x, at, eps), np.zeros(D)
        for a, b in (at[j : j + 2] for j in range(0, m, 2)):
            if mate.get(a) != b or mate.get(b) != a:
                mate[a], mate[b], outer[a, b] = b, a, 0.0
                outer[b, a] = 0.0
            pair = np.ix_([a, b], [a, b])
            count[[a, b]] += 1
            first[[a, b]] = beta1 * first[[a, b]] + (1 - beta1) * g[[a, b]]
            outer[pair] = beta2 * outer[pair] + (1 - beta2) * np.outer(g[[a, b]], g[[a, b]])
            scale = np.sqrt(1 - beta2 ** count[[a, b]])
            values, vectors = np.linalg.eigh(outer[pair] / np.outer(scale, scale))
            mean = first[[a, b]] / (1 - beta1 ** count[[a, b]])
            step[[a, b]] = vectors @ ((vectors.T @ mean) / (np.sqrt(np.maximum(values, 0)) + 1e-8))
        x = x - lr * step
        yield x


def rspg(m=4, mu=1e-2, lr=0.05, prox=lambda y, gamma: y):
    x = START.copy()
    for k in range(STEPS):
        us = [direction(k, i) for i in range(m)]
        g = sum((f(x + mu * u) - f(x)) / mu * u for u in us) / m
        x = prox(x - lr * g, lr)
        yield x


def inverse_root(h):
    values, vectors = np.linalg.eigh(h)
    return vectors @ np.diag(values**-0.5) @ vectors.T


def sampled_hessian(x, k, b, bh, mu):
    vs = [direction(k, b + i) for i in range(bh)]
    ws = [abs(f(x + mu * v) + f(x - mu * v) - 2 * f(x)) / (2 * mu**2 * bh) for v in vs]
    lam = min(0.1 * np.mean([w * v @ v for w, v in zip(ws, vs)]), 1.0)
    return sum(w * np.outer(v, v) for w, v in zip(ws, vs)) + lam * np.eye(D)


def exact_hessian_product(x, v, r):
    def slope(y):
        return np.array([(f(y + r * unit(i)) - f(y - r * unit(i))) / (2 * r) for i in range(D)])

    return (slope(x + r * v) - slope(x - r * v)) / (2 * r)


def power_hessian(x, start, r, rounds=2):
    image = start
    for _ in range(rounds):
        v = np.linalg.qr(image)[0]
        image = np.stack([exact_hessian_product(x, column, r) for column in v.T], axis=1)
    t = v.T @ image
    values, w = np.linalg.eigh((t + t.T) / 2)
    leading = np.argsort(-np.abs(values))  # the next iteration's QR starts from the largest
    values, ritz, floor = values[leading], v @ w[:, leading], np.abs(values).min()
    return floor * np.eye(D) + ritz @ np.diag(np.abs(values) - floor) @ ritz.T, ritz


def zoha(kind, b=3, bh=4, period=5, mu=0.05, lr=0.1, check=False):
    x, squares, ritz = START.copy(), np.zeros(D), None
    for k in range(STEPS):
        if kind == "sampled" and k % period == 0:
            h = sampled_hessian(x, k, b, bh, mu)
        elif kind == "power" and k % period == 0:
            start = ritz if ritz is not None else np.stack([direction(k, b + i) for i in range(bh)], axis=1)
            h, ritz = power_hessian(x, start, mu)
        elif kind == "diagonal":
            h = np.diag(np.sqrt(squares)) + np.eye(D)
        root = inverse_root(h)
        rs = [root @ direction(k, i) for i in range(b)]
        natural = sum((f(x + mu * r) - f(x)) / mu * r for r in rs) / b
        if kind == "diagonal":
            squares = 0.9 * squares + 0.1 * (h @ natural) ** 2
        if not check or f(x - lr * natural) <= f(x):
            x = x - lr * natural
        yield x


def hizoo(alpha=0.01, eps=0.05, lr=0.05, decay=0.1):
    x, h = START.copy(), np.ones(D)
    for k in range(STEPS):
        z = direction(k, 0)
        plus, minus = f(x + eps * z / np.sqrt(h)), f(x - eps * z / np.sqrt(h))
        h = (1 - alpha) * h + alpha * abs(plus + minus - 2 * f(x)) / (2 * eps**2) * h * z**2
        x = x - lr * ((plus - minus) / (2 * eps) * z / np.sqrt(h) + decay * x)
        yield x


def mezo(n=2, eps=1e-2, lr=0.05, decay=0.1):
    x = START.copy()
    for k in range(STEPS):
        zs = [direction(k, i) for i in range(n)]
        x = x - lr * (sum((f(x + eps * z) - f(x - eps * z)) / (2 * eps) * z for z in zs) / n + decay * x)
        yield x


def spsa(a=0.16, c=0.3, stability=0.1):
    x = START.copy()
    for k in range(STEPS):
        delta = direction(k, 0, signs=True)
        ak, ck = a / (k + 1 + stability * STEPS) ** 0.602, c / (k + 1) ** 0.101
        x = x - ak * (f(x + ck * delta) - f(x - ck * delta)) / (2 * ck * delta)
        yield x


def orthogonal(us):
    q, r = np.linalg.qr(np.stack(us, axis=1))
    return list((np.sqrt(D) * q * np.sign(np.diag(r))).T)


def policy(product, baseline="mean", k_=3, n_=3, mu=0.1, lr=0.05, ortho=False, weight=None):
    """ZoAR and ZoVH: `product` turns (U, ν, c) into the step's direction."""
    x, history = START.copy(), []
    for k in range(STEPS):
        us = [direction(k, i) for i in range(k_)]
        samples = [(u, f(x + mu * u), f(x)) for u in (orthogonal(us) if ortho else us)]
        history = (history + [samples])[-n_:]
        u = np.stack([s[0] for step in history for s in step], axis=1)
        y = np.array([s[1] for step in history for s in step])
        n = len(y)
        if baseline == "mean":
            b, c = y.mean(), n - 1
        elif baseline == "step-mean":
            b = np.concatenate([[np.mean([s[1] for s in step])] * k_ for step in history])
            c = n - len(history)
        elif baseline == "anchor":
            b, c = np.array([s[2] for step in history for s in step]), n
        elif baseline == "optimal":
            w = np.array([weight(column) for column in u.T])
            b, c = (w * y).sum() / w.sum(), n
        else:
            b, c = 0.0, n
        x = x - lr * product(u, (y - b) / mu**2, c, mu)
        yield x


def zoar_product(u, nu, c, mu):
    return mu * u @ nu / c


def zovh_product(inverse, lam):
    def shared(u, nu, c, mu):
        p, s = np.zeros(D), u @ nu
        for k, v in enumerate(u.T):
            a = (v @ s - nu[k] * v @ v) / (c - 1)
            p += mu * nu[k] * (1 / (lam * c) - a / (lam**2 * c + lam * nu[k] * v @ v)) * v
        return p

    def diagonal(u, nu, c, mu):
        g = mu * u @ nu / c
        return g / lam - sum(n * (v @ g) / (lam**2 * c + lam * n * v @ v) * v for n, v in zip(nu, u.T))

    def exact(u, nu, c, mu):
        return np.linalg.solve(u @ np.diag(nu / c) @ u.T + lam * np.eye(D), mu * u @ nu / c)

    return {"shared": shared, "diagonal": diagonal, "exact": exact}[inverse]


RUNS = [
    ("zo-sah", "hessian=lazy subspace=6 period=5 eps=0.01 radius=0 kappa=0.05 kappa-rel=0 lr=0.3 momentum=0 step=fixed", zo_sah()),
    (
        "zo-sah",
        "hessian=lazy subspace=6 period=5 eps=0.01 scaled=true kappa=0 kappa-rel=1 lr=0.3 momentum=0.9 second-decay=0.99 scale-floor=0.6 step=fixed",
        zo_sah(scaled=(0.9, 0.99, 0.6)),
    ),
    ("zo-sah", "hessian=none subspace=6 period=5 eps=1e-3 lr=0.2 step=fixed", cge("sgd", 6, 5, 0.2)),
    ("zo-sah", "hessian=fisher subspace=6 period=5 block=0 eps=0.01 momentum=0.9 second-decay=0.99 damping=0.5 trust=0.3 step=look-back lr=1", natural(6, trust=0.3, every=1)),
    ("zo-sah", "hessian=fisher subspace=6 period=5 block=0 eps=0.01 momentum=0.9 second-decay=0.99 damping=0 trust=0.3 step=look-back look-every=3 lr=1 first-lr=0.4", natural(6, damping=6 / ROWS, trust=0.3, every=3, share=0.4)),
    ("zo-sah", "hessian=fisher subspace=6 period=5 block=4 eps=0.01 momentum=0.5 second-decay=0.9 damping=2 trust=0.1 scale-floor=0.9 step=fixed lr=0.5", natural(4, lr=0.5, beta1=0.5, beta2=0.9, damping=2.0, trust=0.1, floor=0.9)),
    ("zo-sah-plus", "", zo_sah_plus()),
    ("zo-sah-fast", "", zo_sah_plus()),
    ("deepzero", "density=1", deepzero()),
    ("sgd", "lr=0.2 momentum=0.9 weight-decay=0.05 lr-schedule=cosine", sgd()),
    ("cge", "update=sgd eps=1e-3 lr=0.2", cge("sgd", D, 5, 0.2)),
    ("cge", "update=momentum subspace=5 period=3 eps=1e-3 lr=0.1", cge("momentum", 5, 3, 0.1)),
    ("cge", "subspace=5 period=2 eps=1e-3 lr-schedule=cosine", cge("adam", 5, 2, 0.03, schedule=True)),
    ("cge", "update=pair-root subspace=6 period=5 eps=0.01 lr=0.05 second-decay=0.99", pair_root()),
    (
        "cge-adam",
        "sampling=layer layer-power=0.8 subspace=5 period=2 eps=1e-3 lr-schedule=cosine",
        cge("adam", 5, 2, 0.03, schedule=True, layers=ByLayer(5, 0.8)),
    ),
    ("rspg", "directions=4 eps=0.01 lr=0.05", rspg()),
    (
        "rspg",
        "directions=4 eps=0.01 lr=0.05 prox=l1 l1=0.2",
        rspg(prox=lambda y, gamma: np.sign(y) * np.maximum(np.abs(y) - 0.2 * gamma, 0)),
    ),
    (
        "rspg",
        "directions=4 eps=0.01 lr=0.05 prox=box box-low=-0.3 box-high=0.4",
        rspg(prox=lambda y, gamma: np.clip(y, -0.3, 0.4)),
    ),
    ("zoha", "directions=3 hessian-directions=4 period=5 eps=0.05 lr=0.1", zoha("sampled")),
    ("zoha", "directions=3 hessian=power hessian-directions=4 period=5 eps=0.05 lr=0.1", zoha("power")),
    ("zoha", "directions=3 hessian=diagonal eps=0.05 lr=0.6 descent-check=true", zoha("diagonal", lr=0.6, check=True)),
    ("hizoo", "hessian-smooth=0.01 eps=0.05 lr=0.05 weight-decay=0.1", hizoo()),
    ("mezo", "directions=2 eps=0.01 lr=0.05 weight-decay=0.1", mezo()),
    ("spsa", "stability=0.1", spsa()),
    ("zoar", "directions=3 history=3 eps=0.1 lr=0.05", policy(zoar_product)),
    (
        "zoar",
        "history=3 eps=0.1 lr=0.05 baseline=optimal orthogonal=true directions=4",
        policy(zoar_product, "optimal", k_=4, ortho=True, weight=lambda v: v @ v),
    ),
    ("zoar", "history=1 eps=0.1 lr=0.05 baseline=anchor", policy(zoar_product, "anchor", n_=1)),
    ("zovh", "history=3 eps=0.1 lr=0.02 lambda=0.5", policy(zovh_product("shared", 0.5), lr=0.02)),
    (
        "zovh",
        "history=3 eps=0.1 lr=0.02 lambda=0.5 baseline=step-mean inverse=diagonal",
        policy(zovh_product("diagonal", 0.5), "step-mean", lr=0.02),
    ),
    (
        "zovh",
        "history=3 eps=0.5 lr=0.02 lambda=2 baseline=optimal inverse=exact",
        policy(
            zovh_product("exact", 2.0),
            "optimal",
            mu=0.5,
            lr=0.02,
            weight=lambda v: np.linalg.norm(np.outer(v, v) - np.eye(D)) ** 2,
        ),
    ),
    ("zovh", "history=1 eps=0.5 lr=0.02 baseline=none", policy(zovh_product("shared", 0.1), "none", n_=1, mu=0.5, lr=0.02)),
]

if __name__ == "__main__":
    runs = []
    for method, flags, thetas in RUNS:
        path = [x.copy() for x in thetas]
        runs.append({"method": method, "flags": flags, "theta": [list(path[k - 1]) for k in KEPT]})
        print(f"{method:9} {flags:80} {f(START):.4f} -> {f(path[-1]):.4f}  ‖x‖ {np.linalg.norm(path[-1]):.2f}")
    problem = {"features": A.tolist(), "labels": Y.tolist(), "ridge": RIDGE, "start": START.tolist()}
    golden = {"seed": SEED, "steps": KEPT, "problem": problem, "runs": runs}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, indent=0, separators=(",", ":")).replace(",\n", ","))
