"""The most memory this process has held at once."""

import resource
import sys


def peak_memory_mb():
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except OSError:
        units_per_kilobyte = 1024 if sys.platform == "darwin" else 1
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / units_per_kilobyte
    return kilobytes / 1024
