"""Reads a feed with feedparser, or checks a JSON document against a schema. Says what is wrong, and exits with 1."""

import json
import sys

import feedparser
import jsonschema


def main(path, schema):
    if schema:
        with open(schema) as s, open(path) as f:
            validator = jsonschema.Draft7Validator(json.load(s))
            mistakes = [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(json.load(f))]
    else:
        feed = feedparser.parse(path)
        mistakes = [repr(feed.bozo_exception)] if feed.bozo else []
        mistakes += [f"entry {e.get('id')} lacks {key}" for e in feed.entries
                     for key in ("id", "link", "title", "authors", "published_parsed", "updated_parsed", "content")
                     if key not in e]
        if not feed.version:
            mistakes.append("it is no feed")
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
