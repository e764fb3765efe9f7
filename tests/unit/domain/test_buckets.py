"""The operator's buckets: how they are written, and which one a URL means."""

from __future__ import annotations

import json
import pickle

import pytest

from app.domain.buckets import Bucket, InvalidBuckets, find, parse


def test_buckets_of_every_provider_are_read() -> None:
    found = parse(
        """{
        "s3://photos": {"region": "eu-central-1", "anonymous": true, "clouds": ["acme", "two"]},
        "gs://photos.example.com": {"service_account_key": {"client_email": "a@b"}},
        "azure://account/box": {"sas_key": "sv=1"},
        "azure://pile": {"account_name": "other", "clouds": []}
        }"""
    )
    assert found == {
        "s3://photos": Bucket(
            "s3",
            "photos",
            {"region": "eu-central-1", "anonymous": True},
            frozenset(("acme", "two")),
        ),
        "gs://photos.example.com": Bucket(
            "gs", "photos.example.com", {"service_account_key": '{"client_email": "a@b"}'}
        ),
        "azure://account/box": Bucket(
            "azure", "box", {"sas_key": "sv=1", "account_name": "account"}
        ),
        "azure://pile": Bucket("azure", "pile", {"account_name": "other"}, frozenset()),
    }
    assert parse("") == parse("  ") == parse("{}") == {}


def test_a_bucket_shows_no_credentials() -> None:
    (bucket,) = parse('{"s3://a": {"secret_access_key": "hush"}}').values()
    assert "hush" not in repr(bucket)
    assert pickle.loads(pickle.dumps(bucket)) == bucket


@pytest.mark.parametrize(
    ("clouds", "acme", "other"), [(None, True, True), (["acme"], True, False), ([], False, False)]
)
def test_who_may_read(clouds: list[str] | None, acme: bool, other: bool) -> None:
    options = {} if clouds is None else {"clouds": clouds}
    bucket = parse(json.dumps({"gs://a": options}))["gs://a"]
    assert (bucket.readable_by("acme"), bucket.readable_by("other")) == (acme, other)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "a JSON object such as"),
        ("{", "a JSON object such as"),
        ("3", "a JSON object such as"),
        ('{"photos": {}}', "photos is no URL of a bucket"),
        ('{"s3://": {}}', "s3:// is no URL of a bucket"),
        ('{"s3://a/b": {}}', "s3://a/b is no URL of a bucket"),
        ('{"S3://a": {}}', "S3://a is no URL of a bucket"),
        ('{"azure://a/b/c": {}}', "azure://a/b/c is no URL of a bucket"),
        ('{"azure://box": {}}', "azure://box lacks its account"),
        ('{"s3://a": null}', "s3://a needs an object of options"),
        ('{"s3://a": {"regoin": "x"}}', "s3://a has no option regoin; its options are"),
        ('{"gs://a": {"region": "x"}}', "gs://a has no option region; its options are"),
        ('{"s3://a": {"region": 1}}', "region of s3://a must be a text"),
        ('{"s3://a": {"anonymous": "yes"}}', "anonymous of s3://a must be true or false"),
        ('{"s3://a": {"clouds": "acme"}}', "clouds of s3://a must be a list of names"),
        ('{"s3://a": {"clouds": [1]}}', "clouds of s3://a must be a list of names"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(InvalidBuckets) as caught:
        parse(text)
    assert str(caught.value).startswith(message)


def test_values_are_not_repeated_where_one_is_wrong() -> None:
    with pytest.raises(InvalidBuckets) as caught:
        parse('{"s3://a": {"secret_access_key": ["hush"]}}')
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "bucket", "key"),
    [
        ("s3://photos/a/b.jpg", "s3://photos", "a/b.jpg"),
        ("S3://photos/a%20b.jpg", "s3://photos", "a%20b.jpg"),
        ("s3://photos", "s3://photos", ""),
        ("gs://photos//a", "gs://photos", "/a"),
        ("azure://account/box/a/b.jpg", "azure://account/box", "a/b.jpg"),
        ("azure://account/box", "azure://account/box", ""),
        ("azure://pile/a/b.jpg", "azure://pile", "a/b.jpg"),
        ("azure://account/other/a.jpg", "azure://account", "other/a.jpg"),
        ("azure://", "azure://", ""),
    ],
)
def test_a_url_means_one_bucket(url: str, bucket: str, key: str) -> None:
    buckets = parse('{"azure://account/box": {}, "azure://pile": {"account_name": "account"}}')
    assert find(buckets, url) == (bucket, key)
