"""Does what a page of docs/ says: writes the files that it shows, runs its commands and compares their output.

Usage: page.py PAGE [KIND]    in the folder in which the page begins

A code block after a line `path/of/a/file`: is that file. A block `sh` is run by bash, and so is a block
`console`: lines that begin with "$ " are commands, the others what they print, with "..." for anything. Only with a
KIND, and then only they, blocks `sh KIND` are run. It ends at the first thing that is not as the page says.
"""

import pathlib
import re
import subprocess
import sys


def blocks(page):
    """The blocks as (info string, path of the file or None, text)."""
    pattern = r"(?:^`([^`\n]+)`:\n\n)?^```([^\n]*)\n(.*?)^```$"
    for path, info, text in re.findall(pattern, page, re.MULTILINE | re.DOTALL):
        yield info, path or None, text


def bash(script):
    """What the script prints; it has to succeed."""
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nended with status {done.returncode}:\n{script}")
    return done.stdout


def examples(console):
    """Pairs of a command of a block and the lines that it prints. A command's lines end in a backslash, but for the last."""
    if not console.startswith("$ "):
        sys.exit(f"a block `console` that begins without a command:\n{console}")
    found = re.findall(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", console, re.MULTILINE)
    return [(command, printed.splitlines()) for command, printed in found]


def is_as_printed(found, lines):
    """Whether these lines were printed; "..." is anything in a line, and any number of lines if it stands alone."""
    parts = ["(.*\n)*?.*" if line == "..." else re.escape(line).replace(re.escape("..."), ".*") for line in lines]
    return re.fullmatch("\n".join(parts), found.rstrip("\n")) is not None


def check_console(text):
    """Runs the commands of a block in one shell, and compares what each prints."""
    end = "=== the next command ==="
    pairs = examples(text)
    printed = bash("\n".join(f"{command}\nprintf '\\n%s\\n' '{end}'" for command, _ in pairs)).split(f"\n{end}\n")
    for (command, lines), found in zip(pairs, printed):
        if not is_as_printed(found, lines):
            sys.exit(f"$ {command}\nprints\n{found}\nexpected\n" + "\n".join(lines))


def main(page, kind=None):
    ran = 0
    for info, path, text in blocks(pathlib.Path(page).read_text()):
        if kind is not None:
            if info == f"sh {kind}":
                print(bash(text), end="")
                ran += 1
        elif path:
            pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
            pathlib.Path(path).write_text(text)
            ran += 1
        elif info == "sh":
            bash(text)
            ran += 1
        elif info == "console":
            check_console(text)
            ran += 1
        elif not info.startswith("sh "):
            sys.exit(f"a block of {info or 'no language'} that nothing checks:\n{text}")
    if ran == 0:
        sys.exit(f"{page} has nothing to run")
    print(f"{page}: {ran} blocks, all as the page says")


if __name__ == "__main__":
    main(*sys.argv[1:])
