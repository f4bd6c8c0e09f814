"""Minimises functions by their values alone: zeroth-order methods from MeZO and SPSA to ZO-SAH, and NLopt's.

    import zotrain
    result = zotrain.minimize(f, x0, method="zo-sah", max_calls=2000)

`minimize` calls your function, `AskTell` asks for points and is told values, `scipy_method` is for
`scipy.optimize.minimize`. A *call* is one value of the function: what you pay for.
"""

from ._ask_tell import AskTell
from ._core import methods
from ._core import version as __version__
from ._minimize import Progress, Result, minimize
from ._options import Option, options
from ._scipy import scipy_method

__all__ = ["AskTell", "Option", "Progress", "Result", "__version__", "methods", "minimize", "options", "scipy_method"]
