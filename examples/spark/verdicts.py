"""Judges saved mail with Spark: one row a message, as Parquet.

    spark-submit verdicts.py --dns dns.jsonl s3a://bucket/mail/ s3a://bucket/verdicts/
    spark-submit verdicts.py --manifest --resolver 192.0.2.53 paths.txt verdicts/

Each executor needs the wheel of sesauth, and pyarrow. docs/spark.md says how to run it.
"""

import argparse
from pathlib import Path
from typing import Iterator

import pyarrow as pa
import sesauth
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

arguments = argparse.ArgumentParser()
arguments.add_argument("mail", help="a folder or prefix of files, one message each")
arguments.add_argument("verdicts", help="the folder of Parquet files to write")
arguments.add_argument("--manifest", action="store_true", help="mail is a text of paths that executors can open")
arguments.add_argument("--partitions", type=int, default=64, help="of a manifest")
arguments.add_argument("--dns", help="recorded DNS; it is sent to each executor once")
arguments.add_argument("--resolver", help="a caching resolver to ask, where there is no recording")
arguments.add_argument("--questions", type=int, default=64, help="at once, from one executor")
asked = arguments.parse_args()
if bool(asked.dns) == bool(asked.resolver):
    arguments.error("give --dns or --resolver")

spark = SparkSession.builder.appName("sesauth").getOrCreate()
# Few messages in a batch, as all of them are in memory; many small files in a task.
spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", 200)
spark.conf.set("spark.sql.files.openCostInBytes", 65536)
recording = spark.sparkContext.broadcast(Path(asked.dns).read_bytes()) if asked.dns else None
tasks = int(spark.conf.get("spark.executor.cores", None) or spark.sparkContext.defaultParallelism)


def messages(batches: Iterator[pa.RecordBatch]) -> Iterator[sesauth.Message]:
    for batch in batches:
        columns = [column.to_pylist() for column in batch.columns]
        yield from map(Path, columns[0]) if len(columns) == 1 else zip(*columns)


def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    if recording:
        dns = sesauth.Dns.recording(recording.value)
    else:
        # One cache for all tasks of a Python worker, of which an executor has one for each core.
        dns = sesauth.Dns.live([asked.resolver], in_flight=max(1, asked.questions // tasks))
    yield from sesauth.inspect_many(messages(batches), dns=dns, threads=1)


if asked.manifest:
    mail = spark.read.text(asked.mail).repartition(asked.partitions)
else:
    files = spark.read.format("binaryFile").option("recursiveFileLookup", True).option("pathGlobFilter", "*.eml*")
    mail = files.load(asked.mail).select("path", "content")
rows = mail.mapInArrow(judge, from_arrow_schema(sesauth.schema()))
rows.write.mode("overwrite").parquet(asked.verdicts, compression="zstd")
