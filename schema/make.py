#!/usr/bin/env python3
"""The JSON schema: schema/contract.json with the metric table filled in.

x-metrics names a kind whose metrics become properties; x-promised lists the keys that must be there
or in "states". `make.py` prints the schema, `make.py -w` writes schema/memwhy.schema.json.
"""
import glob
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
METRICS = os.path.join(HERE, "../src/model/metrics/*.def")
OUTPUT = os.path.join(HERE, "memwhy.schema.json")

STRING = r'"((?:[^"\\]|\\.)*)"'
ROW = re.compile(r"^M\((\w+),\s*(\w+),\s*(?:" + STRING + r"|NULL),\s*(?:" + STRING + r"|NULL),"
                 r"\s*(\w+),\s*(\w+),\s*" + STRING + r",\s*" + STRING + r"\)", re.M)
SUFFIX = {"BYTES": "_bytes", "KIB": "_bytes", "PAGES": "_bytes", "US": "_seconds",
          "NS": "_seconds", "COUNT": "", "MICRO": "", "TEXT": "", "LABELS": ""}
REFERENCE = {"_bytes": "bytes", "_seconds": "seconds"}

# What src/render/document.c writes under another key or in another form.
RENAMED = {"P_COMM": "name", "P_START_TIME": "start_time"}
FORM = {
    "P_OOM_SCORE_ADJ": {"type": "integer"},
    "CG_PRIORITY": {"type": "integer"},
    "PD_PRIORITY": {"type": "integer"},
    "F_DELETED": {"type": "boolean"},
    "F_DEVICE": {"type": "string", "pattern": "^[0-9]+:[0-9]+$"},
    "R_END": {"$ref": "#/$defs/address"},
}


def rows():
    for path in sorted(glob.glob(METRICS)):
        text = open(path, encoding="utf-8").read()
        found = ROW.findall(text)
        if len(found) != len(re.findall(r"^M\(", text, re.M)):
            sys.exit(f"{path}: a row that this script does not understand")
        for ident, kind, _file, _key, unit, kind_of, name, about in found:
            yield ident, kind, unit, kind_of, name, about.replace('\\"', '"')


def form(ident, unit, suffix):
    if ident in FORM:
        return dict(FORM[ident])
    if unit == "TEXT":
        return {"type": "string"}
    if unit == "LABELS":
        return {"type": "object", "additionalProperties": {"type": "string"}}
    if unit == "MICRO":
        return {"type": "number", "minimum": 0}
    return {"$ref": "#/$defs/" + REFERENCE.get(suffix, "count")}


def properties(kind):
    for ident, row_kind, unit, kind_of, name, about in rows():
        if row_kind != kind:
            continue
        suffix = SUFFIX[unit]
        counter = " (counter)" if kind_of == "COUNTER" else ""
        yield (RENAMED.get(ident, name + suffix),
               {**form(ident, unit, suffix), "description": about + counter})


def fill(definition):
    kind = definition.pop("x-metrics", None)
    promised = definition.pop("x-promised", [])
    if kind:
        for key, value in properties(kind):
            if key in definition["properties"]:
                sys.exit(f"{kind}: the key {key} comes twice")
            definition["properties"][key] = value
    if promised:
        definition["allOf"] = [
            {"anyOf": [{"required": [key]},
                       {"required": ["states"],
                        "properties": {"states": {"required": [key]}}}]}
            for key in promised]


def schema():
    contract = json.load(open(os.path.join(HERE, "contract.json"), encoding="utf-8"))
    contract["$comment"] = "Made by schema/make.py from schema/contract.json and the metric table."
    for definition in contract["$defs"].values():
        fill(definition)
    return json.dumps(contract, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["-w"]:
        open(OUTPUT, "w", encoding="utf-8").write(schema())
    else:
        sys.stdout.write(schema())
