"""The other side of AWS Secrets Manager: boto3, against moto, which checks signatures and policies as AWS does.

One line of JSON in, one line of JSON out; the argument is moto's address.
  {"do": "begin"}   a user with an access key that may do what docs/hand-off.md says; answers the key
  {"do": "allow"}   and {"do": "deny"}: that policy is there, or not
  {"do": "read", "secret": NAME}   what a backend reads, and the version
  {"do": "labels", "secret": NAME}   the labels of every version that has one
"""

import json
import sys

import boto3
import requests

ENDPOINT, REGION, USER = sys.argv[1], "eu-central-1", "keystile"
ACTIONS = ["CreateSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"]
POLICY = {"Action": [f"secretsmanager:{action}" for action in ACTIONS], "Effect": "Allow", "Resource": "*"}


def client(service, key):
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def without_checks(act):
    """Lets somebody without rights act once: moto checks nothing until so many calls were made."""
    requests.post(f"{ENDPOINT}/moto-api/reset-auth", data="1000", timeout=10).raise_for_status()
    try:
        return act(client("iam", {"AccessKeyId": "anybody", "SecretAccessKey": "anything"}))
    finally:
        requests.post(f"{ENDPOINT}/moto-api/reset-auth", data="0", timeout=10).raise_for_status()


def allow(iam):
    document = json.dumps({"Version": "2012-10-17", "Statement": [POLICY]})
    iam.put_user_policy(UserName=USER, PolicyName="hand-off", PolicyDocument=document)


def begin(iam):
    iam.create_user(UserName=USER)
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    allow(iam)
    return {name: key[name] for name in ["AccessKeyId", "SecretAccessKey"]}


def labels(secret):
    listed = without_checks(lambda _: client("secretsmanager", KEY).list_secret_version_ids(SecretId=secret))
    return {version["VersionId"]: version["VersionStages"] for version in listed["Versions"]}


KEY = None
for line in sys.stdin:
    request = json.loads(line)
    if request["do"] == "begin":
        KEY = answer = without_checks(begin)
    elif request["do"] == "allow":
        answer = without_checks(allow)
    elif request["do"] == "deny":
        answer = without_checks(lambda iam: iam.delete_user_policy(UserName=USER, PolicyName="hand-off") and None)
    elif request["do"] == "read":
        value = client("secretsmanager", KEY).get_secret_value(SecretId=request["secret"])
        answer = {"variables": json.loads(value["SecretString"]), "version": value["VersionId"]}
    elif request["do"] == "labels":
        answer = labels(request["secret"])
    print(json.dumps(answer), flush=True)
