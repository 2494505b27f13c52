"""Invocations to answers, by predictor.py; a failure is blamed on the payload or on a function. Not to be edited."""

import json
import logging
import numbers
import os
import re
import traceback

import formats
from formats import Refusal, media_type

TEXT = "text/plain; charset=utf-8"
log = logging.getLogger("worker")


class NotServable(Exception):
    """A predictor.py or a setting that can't be used."""


def load():
    """A scorer of the predictor.py beside this file, for the model in SAGEMAKER_BASE_DIR/model."""
    try:
        import predictor

        columns = predictor.load(os.path.join(os.environ.get("SAGEMAKER_BASE_DIR") or "/opt/ml", "model"))
    except BaseException as error:  # sys.exit() too
        traceback.print_exc()
        raise NotServable(f"predictor.py can't be used: {type(error).__name__}: {error}") from None
    is_count = isinstance(columns, numbers.Integral) and not isinstance(columns, bool)
    if is_count and columns < 1:
        raise NotServable(f"load of predictor.py returned {columns!r}, expected how many columns a row has")
    if os.environ.get("MODEL_SERVER_GRPC_PORT"):
        raise NotServable("MODEL_SERVER_GRPC_PORT is set, but a worker in Python takes no direct calls")
    if os.environ.get("SAGEMAKER_INFERENCE_OUTPUT"):
        raise NotServable("SAGEMAKER_INFERENCE_OUTPUT is set, but what predictor.py answers can't be chosen")
    accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or "text/csv"
    try:
        default = formats.negotiate(accept, tuple(formats.ANSWERS))
    except Refusal as refusal:
        raise NotServable(f"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT can't be used: {refusal}") from None
    return Scorer(predictor, formats.Width(columns) if is_count else None, default)


def timeout():
    text = os.environ.get("MODEL_SERVER_TIMEOUT") or "60"
    if not text.isdigit():
        raise NotServable(f"MODEL_SERVER_TIMEOUT={text}: expected a whole number of seconds")
    return int(text)


class Scorer:
    def __init__(self, predictor, columns, accept):
        self.predictor, self.columns = predictor, columns
        self.row_types = formats.ROWS if hasattr(predictor, "predict") else ()
        self.has_bytes = hasattr(predictor, "predict_bytes")
        self.own_types = [media_type(name)[0] for name in getattr(predictor, "CONTENT_TYPES", ())]
        self.offers = (accept, *(offer for offer in formats.ANSWERS if offer != accept))

    def is_own(self, head):
        """Whether the payload goes to predict_bytes."""
        name = media_type(head.content_type)[0]
        return self.has_bytes and (name in self.own_types if self.own_types else name not in self.row_types)

    def answer(self, group):
        """Pairs of an invocation and its answer: outcome, content type and body. If the invocations can't be scored
        in one call of predict, those that can't be read are refused first, and then the group is halved."""
        try:
            answers = self.predict_bytes(group[0]) if self.is_own(group[0].head) else self.predict(group)
            return list(zip(group, answers))
        except Exception as error:
            if len(group) == 1:
                return [(group[0], self.refuse(group[0], error))]
        readable = [invocation for invocation in group if self.is_readable(invocation)]
        unreadable = [[invocation] for invocation in group if invocation not in readable]
        half = 0 if unreadable else len(group) // 2
        parts = [*unreadable, readable[:half], readable[half:]]
        return [answer for part in parts if part for answer in self.answer(part)]

    def is_readable(self, invocation):
        try:
            self.read([invocation])
        except Refusal:
            return False
        return True

    def read(self, group):
        """The rows of the group, how many each invocation has, and the content types of their answers."""
        accepts = [self.check(invocation.head, self.offers) for invocation in group]
        content_type = group[0].head.content_type
        if media_type(content_type)[0] not in self.row_types:
            found = f'"{formats.excerpt(content_type)}"' if content_type else "is missing"
            expected = ", ".join([*self.row_types, *self.own_types])
            raise Refusal("UNSUPPORTED_CONTENT_TYPE", f"Content-Type {found}: expected {expected}")
        rows, counts = formats.decode(content_type, [invocation.body for invocation in group], self.columns)
        return rows, counts, accepts

    def check(self, head, offers):
        """The content type of the answer, one of `offers`."""
        if head.content_encoding.lower() not in ("", "identity"):
            found = formats.excerpt(head.content_encoding)
            line = f'Content-Encoding "{found}": expected a payload that is not compressed'
            raise Refusal("UNSUPPORTED_CONTENT_TYPE", line)
        if head.custom_attributes and re.search(r"(^|[;,])\s*output\s*=", head.custom_attributes, re.I):
            line = "X-Amzn-SageMaker-Custom-Attributes, output: what predictor.py answers can't be chosen"
            raise Refusal("BAD_PAYLOAD", line)
        return formats.negotiate(head.accept, offers)

    def predict(self, group):
        rows, counts, accepts = self.read(group)
        answers, kind = formats.checked(self.ask("predict", rows), len(rows))
        texts = {accept: formats.texts(answers, kind, accept) for accept in set(accepts)}
        end = 0
        for accept, count in zip(accepts, counts):
            start, end = end, end + count
            yield "OK", formats.ANSWERS[accept], formats.encode(texts[accept][start:end], kind, accept)

    def predict_bytes(self, invocation):
        answer = self.ask("predict_bytes", invocation.head.content_type, invocation.body)
        try:
            content_type, body = answer if isinstance(answer, tuple) else ("application/octet-stream", answer)
            body = memoryview(body)
            name = media_type(content_type)[0]
            if not (content_type.isascii() and content_type.isprintable()):
                raise ValueError
        except (TypeError, ValueError, AttributeError):
            line = "predict_bytes of predictor.py returned something else than a content type and bytes"
            raise Refusal("INTERNAL", line) from None
        self.check(invocation.head, (name,))
        yield "OK", content_type, bytes(body)

    def ask(self, function, *arguments):
        """What a function of predictor.py returns. Whatever it raises becomes a refusal; sys.exit() too."""
        try:
            return getattr(self.predictor, function)(*arguments)
        except getattr(self.predictor, "BadPayload", ()) as error:
            raise Refusal("BAD_PAYLOAD", " ".join(str(error).split())) from None
        except BaseException as error:
            line = f"{function} of predictor.py raised {type(error).__name__}; the log says where"
            raise Refusal("INTERNAL", line) from error

    def refuse(self, invocation, error):
        if not isinstance(error, Refusal):
            refusal = Refusal("INTERNAL", f"internal error: {type(error).__name__}")
            refusal.__cause__ = error
            error = refusal
        head, outcome = invocation.head, error.outcome
        fields = (json.dumps(head.inference_id), outcome, json.dumps(head.content_type), len(invocation.body))
        if outcome == "INTERNAL":
            message = "failed inference_id=%s outcome=%s content_type=%s payload=%s: %s"
            log.warning(message, *fields, error, exc_info=error.__cause__)
        else:
            # Without the line, which may quote the payload.
            log.info("refused inference_id=%s outcome=%s content_type=%s payload=%s", *fields)
        return outcome, TEXT, str(error).encode(errors="replace")
