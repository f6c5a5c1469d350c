"""What runs the graph: machine code by LLVM, NumPy, JAX; knows no scenario."""
