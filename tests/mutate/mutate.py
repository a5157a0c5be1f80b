#!/usr/bin/env python3
"""mutate.py [-n ROUNDS] [-s SEED] MEMWHY SCHEMA CAPTURE…: captures (directories) whose kernel text was
garbled at random are still answered: no crash, exit status 0 or 2, no control characters, and JSON
that obeys the schema. Round 0 of each capture leaves it as it is, and must succeed."""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    jsonschema = None

NUMBERS = [b"18446744073709551615", b"18446744073709551616", b"9223372036854775807", b"0", b"-1",
           b"99999999999999999999999999", b"4294967296", b"0x10", b"1e9", b"", b"max", b"nan",
           b"17592186044416"]
NOISE = [b"\0", b"\x1b[31m", b"\xff\xfe", b"\xc2\x9b", b"\n\n", b" ", b"\t", b":", b")", b"\r", b"%n",
         b"\xe2\x80\xae"]


def digits(rng, text):
    """Some numbers become others that no kernel writes."""
    words = text.split(b" ")
    places = [i for i, w in enumerate(words) if w.strip().isdigit()]
    for i in rng.sample(places, min(len(places), rng.choice([1, 3, 20]))):
        words[i] = words[i].replace(words[i].strip(), rng.choice(NUMBERS))
    return b" ".join(words)


def noise(rng, text):
    for _ in range(rng.choice([1, 4, 16])):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(NOISE) + text[at + rng.randrange(4):]
    return text


def lines(rng, text):
    """Lines doubled, dropped and swapped."""
    rows = text.splitlines(keepends=True) or [b""]
    for _ in range(rng.choice([1, 5])):
        a, b = rng.randrange(len(rows)), rng.randrange(len(rows))
        rows[a:a + rng.choice([0, 1])] = [rows[b]] * rng.choice([0, 1, 2])
        rows = rows or [b""]
    return b"".join(rows)


def long(rng, text):
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice([b"A", b"9", b" ", b"("]) * rng.choice([300, 70000]) + text[at:]


MUTATIONS = [digits, digits, digits, noise, noise, lines, lines, long,
             lambda rng, text: text[:rng.randrange(len(text) + 1)],
             lambda rng, text: b"",
             lambda rng, text: None]


def files_of(tree):
    """Every file below proc and sys, by name first: rare files are hit as often as those of a
    hundred processes."""
    names = {}
    for folder, _, files in os.walk(tree):
        for name in files:
            names.setdefault(name, []).append(os.path.join(folder, name))
    return names


def garble(rng, tree):
    names = files_of(tree)
    done = []
    for _ in range(rng.choice([1, 3, 10, 40])):
        path = rng.choice(sorted(names[rng.choice(sorted(names))]))
        if os.path.islink(path) or not os.path.exists(path):
            continue
        change = rng.choice(MUTATIONS)
        with open(path, "rb") as file:
            text = change(rng, file.read())
        os.unlink(path)
        if text is not None:
            with open(path, "wb") as file:
                file.write(text)
        done.append(os.path.relpath(path, tree))
    return done


def commands(rng, tree):
    proc = os.path.join(tree, "proc")
    pids = sorted(d for d in os.listdir(proc) if d.isdigit()) if os.path.isdir(proc) else []
    yield []
    yield ["node", "--how"]
    yield ["containers", "-n", "0"]
    yield ["container", "/"]
    yield ["oom", "--next"]
    yield ["ps", "-n", "0", "-o", rng.choice(["+pss,uss", "+cmdline", "pid,user,container,oom_score"])]
    for pid in rng.sample(pids, min(2, len(pids))):
        yield ["pid", pid]


def complaint(binary, arguments, tree, validator, intact):
    """What is wrong with one run, or None."""
    run = subprocess.run([binary, *arguments, "--root", tree], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
    if run.returncode not in ((0,) if intact else (0, 2)):
        return f"exit status {run.returncode}: {run.stderr[-1500:].decode(errors='replace')}"
    if run.returncode == 2 and not run.stderr:
        return "exit status 2 without a word"
    if b"runtime error" in run.stderr:
        return run.stderr[:1500].decode(errors="replace")
    if bad := [c for c in run.stdout + run.stderr if c < 32 and c != 10 or c == 127]:
        return f"control character {bad[0]} printed"
    try:
        text = run.stdout.decode("utf-8")
        if "--json" not in arguments or run.returncode:
            return None
        document = json.loads(text)
    except ValueError as error:
        return str(error)
    error = validator and next(validator.iter_errors(document), None)
    return error and f"{error.json_path}: {error.message[:300]}"


def round_of(options, capture, seed, number, validator):
    rng = random.Random(f"{seed} {os.path.basename(capture)} {number}")
    with tempfile.TemporaryDirectory(prefix="memwhy-mutate-") as room:
        tree = os.path.join(room, "tree")
        shutil.copytree(capture, tree, symlinks=True)
        done = garble(rng, tree) if number else []
        for arguments in commands(rng, tree):
            for form in ([], ["--json"]):
                try:
                    why = complaint(options.memwhy, arguments + form, tree, validator, not number)
                except subprocess.TimeoutExpired:
                    why = "not ready after two minutes"
                if why:
                    what = " ".join(arguments + form)
                    print(f"# memwhy {what}; changed: {' '.join(done[:50])}")
                    print("#  ", why.replace("\n", "\n#   "))
                    return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", "--rounds", type=int, default=10, help="per capture")
    parser.add_argument("-s", "--seed", default="1")
    parser.add_argument("memwhy")
    parser.add_argument("schema")
    parser.add_argument("captures", nargs="+")
    options = parser.parse_args()
    validator = None
    if jsonschema:
        with open(options.schema, encoding="utf-8") as file:
            validator = jsonschema.Draft202012Validator(json.load(file))
    os.environ["LC_ALL"] = "C.UTF-8"
    count = failed = 0
    for capture in options.captures:
        for number in range(options.rounds + 1):
            good = round_of(options, capture.rstrip("/"), options.seed, number, validator)
            count += 1
            failed += not good
            print(f"{'ok' if good else 'not ok'} {count} - {os.path.basename(capture)}, "
                  f"{f'garbled {number}' if number else 'as it is'}", flush=True)
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
