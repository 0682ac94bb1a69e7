"""Find misspelt addresses made of a real address file, and print those that are missed.

Run: python tests/benchmarks/noisy.py [COUNT] [SEED]. The file is read from ../shared/data.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.noisy import noisy  # noqa: E402
from tests.noisy_town import answered, noisy_town  # noqa: E402


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    made, missed = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder, noisy_town(Path(folder)):
        for one in noisy(count, seed):
            made.update(one.kinds)
            got = answered(one.typed)
            if got != one.meant:
                missed["all"] += 1
                missed.update(one.kinds)
                print(f"{one.typed!r} {one.kinds} meant {one.meant}; got {got}")
    print(f"first right: {1 - missed['all'] / count:.1%} of {count}")
    for kind, times in made.most_common():
        print(f"  {kind:<26} {times - missed[kind]:>4} of {times}")


if __name__ == "__main__":
    main()
