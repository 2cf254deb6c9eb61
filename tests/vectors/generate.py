"""Writes the shared vectors, one rule a file, with software that is not ours: Python's `cryptography`.

    pip install cryptography
    python generate.py            # writes the *.json beside this file, and sequence/
    python generate.py --check    # fails if they are not what this would write

`sequence/` holds key sets to be read one after another, where a rule is about the change from one to the next.
The keys under `keys/` are for tests only and known to everybody. A key that is missing is made anew, so that nothing
but the keys is random.
"""

import json
import pathlib
import sys

from generator import attacks, claims, documents, key_sets, sequences, tokens

HERE = pathlib.Path(__file__).parent


def render() -> dict[str, str]:
    files = {}
    for room in (tokens, claims, key_sets, documents, attacks):
        for name, vector in room.vectors():
            assert name not in files, f"{name} stands twice"
            files[name] = json.dumps(vector, indent=1, ensure_ascii=True) + "\n"
    files |= {f"sequence/{name}": text for name, text in documents.sequence()}
    for name, row in sequences.rows():
        files[f"sequence/{name}.json"] = json.dumps(row, indent=1, ensure_ascii=True) + "\n"
    return files


def main() -> int:
    files = render()
    present = {path.name: path.read_text() for path in HERE.glob("*.json")}
    present |= {f"sequence/{path.name}": path.read_text() for path in HERE.glob("sequence/*")}
    if "--check" in sys.argv:
        wrong = sorted(name for name in files.keys() | present.keys() if files.get(name) != present.get(name))
        print("\n".join(wrong) or f"{len(files)} vectors are as generated")
        return 1 if wrong else 0
    (HERE / "sequence").mkdir(exist_ok=True)
    for name in present.keys() - files.keys():
        (HERE / name).unlink()
    for name, text in files.items():
        (HERE / name).write_text(text)
    print(f"{len(files)} vectors written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
