"""Payloads to rows, and answers to bytes, by the rules of the project's README.md. Not to be edited."""

import functools
import io
import json
import math
from json.encoder import encode_basestring

import numpy as np

# Content types of rows, and of answers.
ROWS = ("text/csv", "application/json", "application/jsonlines", "application/x-jsonlines", "application/x-npy")
ANSWERS = {"text/csv": "text/csv; charset=utf-8", "application/json": "application/json"}

MISSING = {b"", b"nan", b"-nan", b"na", b"null"}
NUMBERS = {int, float, type(None)}


class Refusal(Exception):
    """Why an invocation is not answered: an outcome of invocations.proto, and one line for the client."""

    def __init__(self, outcome, line):
        super().__init__(line)
        self.outcome = outcome


def bad(line):
    return Refusal("BAD_PAYLOAD", line)


def excerpt(text):
    """What a client wrote, fit for a one-line message."""
    shown = (text[:160].decode(errors="replace") if isinstance(text, bytes) else str(text)[:160])[:40]
    return "".join(c if c.isprintable() else "\ufffd" for c in shown) + ("…" if len(text) > len(shown) else "")


# === headers ===


@functools.lru_cache(256)
def media_type(text):
    """`text/csv; header=present` as ("text/csv", {"header": "present"}), in lower case."""
    name, *parameters = text.lower().split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return name.strip(), {key.strip(): value.strip(' "') for key, _, value in pairs}


@functools.lru_cache(256)
def negotiate(accept, offers):
    """The type that Accept prefers (RFC 9110, 12.5.1); an empty header and `*/*` take the first of `offers`."""
    ranges = []
    for text in accept.split(",") if accept.strip() else ["*/*"]:
        name, parameters = media_type(text)
        try:
            ranges.append((float(parameters.get("q", 1)), name))
        except ValueError:
            pass  # a range without a usable quality is not wanted
    refused = {name for quality, name in ranges if not quality > 0}
    for quality, name in sorted(ranges, key=lambda one: -one[0]):
        for offer in offers:
            if quality > 0 and offer not in refused and name in (offer, offer.split("/")[0] + "/*", "*/*"):
                return offer
    raise Refusal("NOT_ACCEPTABLE", f'Accept "{excerpt(accept)}": expected {", ".join(offers)}')


# === payloads ===


class Width(int):
    """How many columns a row has, and who says so."""

    owner = "the model takes"


def width_of(first_row):
    width = Width(len(first_row))
    width.owner = "row 1 has"
    return width


def decode(content_type, bodies, columns):
    """A float32 array of the rows of all bodies, and the number of rows of each. If `columns` is None, a body's first row
    says how many columns it has.

    Raises a refusal of the first bad row, which is numbered within its body.
    """
    name, parameters = media_type(content_type)
    if name == "text/csv":
        rows, counts = read_csv(bodies, columns, parameters.get("header"))
    else:
        arrays = [read_npy(body) if name.endswith("npy") else read_json(name, body, columns) for body in bodies]
        rows, counts = np.concatenate(arrays), [len(array) for array in arrays]
    if not all(counts):
        raise bad("the payload is empty, expected at least one row")
    if columns is not None and rows.shape[1] != columns:
        raise bad(f"row 1: {rows.shape[1]} columns, the model takes {columns}")
    if np.isinf(rows).any():
        row, column = np.argwhere(np.isinf(rows))[0] + 1
        raise bad(f"row {row}, column {column}: found a number beyond float32's range, expected a finite one")
    return rows, counts


def read_csv(bodies, columns, header):
    """By numpy's reader, all bodies in one go. What it does not take is read with more care, body by body."""
    rows = None if header == "present" else read_with_numpy(b"\n".join(bodies), columns)
    if rows is not None:
        counts = [len(rows)]
        if len(bodies) > 1:
            counts = [sum(map(bool, map(bytes.strip, body.splitlines()))) for body in bodies]
        if sum(counts) == len(rows):
            return rows, counts
    arrays = [read_csv_alone(body, columns, header) for body in bodies]
    return np.concatenate(arrays), [len(array) for array in arrays]


def read_with_numpy(text, columns):
    if not text or text.isspace():
        return None
    try:
        rows = np.loadtxt(io.BytesIO(text), np.float32, delimiter=",", comments=None, quotechar='"', ndmin=2)
    except ValueError:
        return None
    return rows if columns in (None, rows.shape[1]) else None


def read_csv_alone(body, columns, header):
    """One body: without its header, and what is missing gets a name, so that numpy's reader takes it after all."""
    lines = [line for line in body.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
    if header == "present" or header is None and lines and all(number(field) is None for field in fields(lines[0])):
        lines = lines[1:]
        if not lines:
            raise bad("the payload is a header line only, expected rows of numbers after it")
    text = b"\n%s\n" % b"\n".join(lines)
    for found, named in [(b",,", b",nan,"), (b",,", b",nan,"), (b"\n,", b"\nnan,"), (b",\n", b",nan\n")]:
        text = text.replace(found, named)
    rows = read_with_numpy(text, columns)
    if rows is None or len(rows) != len(lines):
        columns = columns or width_of(fields(lines[0]) if lines else [0])
        rows = np.array(list(read_csv_rows(lines, columns)), np.float32).reshape(-1, columns)
    return rows


def read_csv_rows(lines, columns):
    for row, line in enumerate(lines, 1):
        values = [number(field) for field in fields(line)]
        if len(values) != columns:
            raise bad(f"row {row}: {len(values)} columns, {columns.owner} {columns}")
        if None in values:
            column = values.index(None)
            found = excerpt(fields(line)[column])
            raise bad(f'row {row}, column {column + 1}: found "{found}", expected a finite decimal number or nothing')
        yield values


def fields(line):
    return [field.strip(b' \t"') for field in line.split(b",")]


def number(field):
    """The value of a field of CSV: NaN if it is missing, None if it is no number."""
    if field.lower() in MISSING:
        return math.nan
    try:
        value = float(field)
    except ValueError:
        return None
    return None if math.isinf(value) or b"_" in field else value


def read_json(name, body, columns):
    """`{"instances": [...]}`, a bare array or a record alone; JSON Lines has a record in a line."""
    try:
        if name == "application/json":
            data = json.loads(body)
        else:
            data = [json.loads(line) for line in body.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise bad(f"malformed JSON: {excerpt(error.args[0])}") from None
    if isinstance(data, dict):
        data = data.get("instances", data.get("inputs", [data]))
    if isinstance(data, list) and data and not isinstance(data[0], (list, dict)):
        data = [data]
    if not isinstance(data, list):
        raise bad('expected {"instances": [...]} or an array of records')
    rows = []
    for place, record in enumerate(data, 1):
        values = record.get("features") if isinstance(record, dict) else record
        if not isinstance(values, list):
            raise bad(f'row {place}: expected an array of numbers or {{"features": [...]}}')
        columns = columns or width_of(values)
        if len(values) != columns:
            raise bad(f"row {place}: {len(values)} columns, {columns.owner} {columns}")
        if not NUMBERS.issuperset(map(type, values)):
            column = next(i for i, value in enumerate(values) if type(value) not in NUMBERS)
            found = excerpt(json.dumps(values[column]))
            raise bad(f"row {place}, column {column + 1}: found {found}, expected a number or null")
        rows.append(values)
    try:
        with np.errstate(over="ignore"):
            return np.array(rows, np.float32).reshape(len(rows), columns or 0)
    except OverflowError:
        raise bad("found a number beyond float32's range, expected finite ones") from None


def read_npy(body):
    """An array (rows, columns). Its header is read by numpy; nothing in it can make numpy allocate or unpickle."""
    file = io.BytesIO(body)
    try:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read_header(file)
        if len(shape) != 2 or dtype.kind not in "fiub":
            raise ValueError
        array = np.frombuffer(body, dtype, offset=file.tell()).reshape(shape, order="F" if is_fortran else "C")
    except Exception:  # numpy reads the header as Python's text, which fails in many ways
        raise bad("expected an npy file of an array (rows, columns) of numbers") from None
    with np.errstate(over="ignore"):
        return array.astype(np.float32)


# === answers ===


def checked(answers, n_rows):
    """What predict returned, as a list, if it is a label or a number for each row. Else raises a refusal."""
    if not isinstance(answers, (list, tuple)):
        answers = np.asarray(answers)
        if answers.ndim != 1:
            raise fault(f"an array of shape {answers.shape}" if answers.ndim else type(answers.item()).__name__, n_rows)
        # float32 is kept, as its shortest text is not that of the float64 of the same value.
        answers = answers.tolist() if answers.dtype.kind != "f" or answers.dtype == float else list(answers)
    if len(answers) != n_rows:
        raise fault(f"{len(answers)} answers", n_rows)
    kinds = {kind(type_) for type_ in set(map(type, answers))}
    if len(kinds) > 1 or None in kinds:
        raise fault("a list of " + " and ".join(sorted({type(answer).__name__ for answer in answers})), n_rows)
    if kinds == {float} and not all(map(math.isfinite, answers)):
        row = next(row for row, answer in enumerate(answers, 1) if not math.isfinite(answer))
        raise fault(f"{answers[row - 1]} for row {row} of {n_rows}", n_rows)
    return answers, kinds.pop()


def kind(type_):
    for known, types in {str: str, bool: (bool, np.bool_), int: (int, np.integer), float: (float, np.floating)}.items():
        if issubclass(type_, types):
            return known
    return None


def fault(found, n_rows):
    line = f"predict of predictor.py returned {found}, expected a label or a finite number for each of {n_rows} rows"
    return Refusal("INTERNAL", line)


def texts(answers, kind, accept):
    """Each answer as text of a type of ANSWERS."""
    if kind is str:
        write = csv_field if accept == "text/csv" else encode_basestring
        written = {label: write(label) for label in set(answers)}
        return [written[label] for label in answers]
    return [str(answer).lower() for answer in answers] if kind is bool else list(map(str, answers))


def csv_field(text):
    """In quotes if RFC 4180 asks for them, or if it would be a blank line."""
    if text and not any(c in text for c in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


def encode(texts, kind, accept):
    """The answer to one invocation."""
    if accept == "text/csv":
        text = "\n".join(texts) + "\n"
    else:
        key = '{"predicted_score":' if kind is float else '{"predicted_label":'
        text = '{"predictions":[' + key + ("}," + key).join(texts) + "}]}"
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise fault("a label that is no Unicode text", len(texts)) from None
