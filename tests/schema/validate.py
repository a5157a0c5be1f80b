#!/usr/bin/env python3
"""validate.py SCHEMA COMMAND…: the documents that COMMAND prints, one per line, obey the schema, and
the schema refuses what is spoilt in them."""
import copy
import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(0)

count = failed = 0


def check(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good and why:
        print(f"# {why}")


def spoilt(document):
    """Documents that each break one promise."""
    def change(name, function):
        broken = copy.deepcopy(document)
        function(broken)
        return name, broken

    yield change("no header", lambda d: d.pop("memwhy"))
    yield change("an unknown section", lambda d: d.update(extra=1))
    yield change("an unknown metric of a container", lambda d: d["containers"][0].update(x_bytes=1))
    yield change("an unknown metric of the machine", lambda d: d["node"].update(x_bytes=1))
    yield change("a size as text", lambda d: d["containers"][0].update(usage_bytes="4 GiB"))
    yield change("a negative size", lambda d: d["containers"][0].update(usage_bytes=-1))
    yield change("an unknown state",
                 lambda d: d["containers"][0].update(states={"limit_bytes": "gone"}))
    yield change("a promised key forgotten", lambda d: d["containers"][0].pop("usage_bytes"))
    yield change("a promised key of a process forgotten", lambda d: d["processes"][0].pop("pss_bytes"))
    yield change("an account without amount or state", lambda d: d["accounts"][0].pop("bytes"))
    yield change("a word that is ok without a number", lambda d: d["words"][0].pop("bytes"))
    yield change("a word that is not ok with a number", lambda d: d["words"][1].update(bytes=0))
    yield change("an errno as a number", lambda d: d["problems"][0].update(error=13))
    yield change("an address as a number", lambda d: d["processes"][0]["regions"][0].update(start=1))


def main():
    schema = json.load(open(sys.argv[1], encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    run = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, check=False)
    check(run.returncode == 0, "the command succeeds")
    lines = run.stdout.decode("utf-8").splitlines()
    check(len(lines) == 3, "three documents")
    for number, line in enumerate(lines):
        error = next(validator.iter_errors(json.loads(line)), None)
        check(error is None, f"document {number + 1}",
              error and f"{error.json_path}: {error.message[:300]}")
    for name, broken in spoilt(json.loads(lines[0])):
        check(not validator.is_valid(broken), f"refused: {name}")
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
