"""The typed results: what analyses fill in, and what reports, tables, exports and `results.json` hold.

Uses the errors alone. Their parts stand in the files of this folder, by subject; `codec` writes and reads their JSON.
"""

from detente.result.codec import converted, decode, encode, rounded, schema
from detente.result.run import Result

__all__ = ["Result", "converted", "decode", "encode", "rounded", "schema"]
