"""Writes the sample payload to stdout again and again, as many whole times as fit a size.

Usage: large_payload.py csv|json|npy MEGABYTES
"""

import pathlib
import struct
import sys

ROWS = pathlib.Path(__file__).parents[1] / "payload.csv"


def main(form, megabytes):
    size = int(megabytes) << 20
    rows = ROWS.read_text().splitlines()
    if form == "csv":
        write(b"", "".join(f"{row}\n" for row in rows).encode(), b"", size)
    elif form == "json":
        block = ",".join(f"[{row}]" for row in rows).encode()
        write(b'{"instances":[' + block, b"," + block, b"]}", size)
    else:
        values = [float(field) for row in rows for field in row.split(",")]
        block = struct.pack(f"<{len(values)}d", *values)
        times = size // len(block)
        shape = f"({times * len(rows)}, {len(values) // len(rows)})"
        text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
        text = text.ljust(117) + "\n"
        head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
        write(head, block, b"", size + len(head))


def write(head, block, tail, size):
    out = sys.stdout.buffer
    out.write(head)
    for _ in range((size - len(head) - len(tail)) // len(block)):
        out.write(block)
    out.write(tail)


main(*sys.argv[1:])
