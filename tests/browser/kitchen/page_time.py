"""The time of a page that a test moves on, so that nobody waits for a screen's pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# The page tells when no answer is awaited any more.
QUIET_FETCH = """(() => {
  const { fetch, MessageChannel } = window;
  let open = 0;
  window.fetch = (...asked) => { open += 1; return fetch(...asked).finally(() => { open -= 1; }); };
  const turn = () => new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = resolve;
    channel.port2.postMessage(null);
  });
  window.quiet = async () => {
    for (let calm = 0; calm < 20; calm += 1) { await turn(); if (open) calm = 0; }
  };
})();"""


def pass_time(tablet: Page, seconds: float) -> None:
    """The page's own time moves on, and no answer is awaited."""
    tablet.clock.run_for(int(seconds * 1000))


def live(tablet: Page, seconds: int) -> None:
    """The page's own time moves on, and the network has real time for its answers."""
    for _ in range(seconds):
        tablet.clock.run_for(1000)
        tablet.evaluate("quiet()")
