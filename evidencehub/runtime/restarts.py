"""When a worker that has ended is replaced."""

from __future__ import annotations

UNREADY_DELAYS = (0.5, 30.0)  # seconds before one that never got ready is replaced: first, at most
QUICK_DELAY_SECONDS = 0.1  # seconds before one is replaced that ended while it served
LOOP_DELAY_SECONDS = 1.0  # the same, if more than MAX_QUICK_RESTARTS have ended within a minute
MAX_QUICK_RESTARTS, WINDOW_SECONDS = 10, 60.0


class RestartSchedule:
    """The moment from which missing workers are replaced.

    One that has served or was killed comes back at once. One that ended by itself before it got
    ready would most likely end again, so its place waits longer each time.
    """

    def __init__(self) -> None:
        self.due_at, self._unready_delay = 0.0, UNREADY_DELAYS[0]
        self._recent_exits: list[float] = []

    def record_exit(self, now: float, *, is_accident: bool) -> float:
        """Note that a worker has ended, and return the seconds until it is replaced.

        >>> schedule = RestartSchedule()
        >>> [schedule.record_exit(10.0, is_accident=True) for _ in range(12)][-3:]
        [0.1, 1.0, 1.0]
        >>> [schedule.record_exit(10.0, is_accident=False) for _ in range(3)]
        [0.5, 1.0, 2.0]
        """
        recent = [moment for moment in self._recent_exits if now - moment < WINDOW_SECONDS]
        self._recent_exits = [*recent, now]
        if is_accident:
            is_loop = len(self._recent_exits) > MAX_QUICK_RESTARTS
            delay = LOOP_DELAY_SECONDS if is_loop else QUICK_DELAY_SECONDS
            self._unready_delay = UNREADY_DELAYS[0]
        else:
            delay = self._unready_delay
            self._unready_delay = min(delay * 2, UNREADY_DELAYS[1])
        self.due_at = now + delay
        return delay

    def get_wait_seconds(self, now: float, longest: float) -> float:
        """Return how long nothing has to be replaced, `longest` at most."""
        return min(longest, self.due_at - now) if self.due_at > now else longest
