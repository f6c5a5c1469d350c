from detente.engine.numpy_loop import run
