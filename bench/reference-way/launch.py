"""Sends CreateTrainingJob for one line `region,s3 location`, with boto3 alone."""

import os
import sys
import time

import boto3

region, location = sys.argv[1].split(",")[:2]
index = os.environ["AWS_BATCH_JOB_ARRAY_INDEX"]
name = f"reference-{index}-{time.time_ns()}"

client = boto3.client(
    "sagemaker", region_name=region, endpoint_url=os.environ.get("AWS_ENDPOINT_URL")
)
client.create_training_job(
    TrainingJobName=name,
    RoleArn="arn:aws:iam::123456789012:role/training",
    AlgorithmSpecification={
        "TrainingImage": f"123456789012.dkr.ecr.{region}.amazonaws.com/empty:latest",
        "TrainingInputMode": "File",
    },
    InputDataConfig=[
        {
            "ChannelName": "training",
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": location,
                    "S3DataDistributionType": "FullyReplicated",
                }
            },
        }
    ],
    OutputDataConfig={"S3OutputPath": "s3://rg-bench/output"},
    ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
    StoppingCondition={"MaxRuntimeInSeconds": 86400},
    HyperParameters={"sagemaker_region": region, "sagemaker_job_name": name},
)
