"""The control: the same application that reads the clock once, when it starts."""

from locomotive.core.clock import clock
from wsgi import app as app

started = clock.now()
clock.now = lambda: started  # type: ignore[method-assign]
