import { FLAG, list, oneOf, type RequestShape, structure, text, whole } from "../request-shape.ts"

const group = text({ least: 1, most: 512, pattern: "[\\.\\-_/#A-Za-z0-9]+" })
const stream = text({ least: 1, most: 512, pattern: "[^:*]*" })
const token = text({ least: 1 })
const time = whole(0)

/** Limits of the operations' inputs, as CloudWatch Logs' own model states them. */
export const LOGS_SHAPES: Readonly<Record<string, RequestShape>> = {
  CreateLogGroup: structure({ logGroupName: group }, "logGroupName"),
  CreateLogStream: structure({ logGroupName: group, logStreamName: stream }, "logGroupName", "logStreamName"),
  DescribeLogGroups: structure({ logGroupNamePrefix: group, nextToken: token, limit: whole(1, 50) }),
  DescribeLogStreams: structure(
    {
      logGroupName: group,
      logStreamNamePrefix: stream,
      orderBy: oneOf("LogStreamName", "LastEventTime"),
      descending: FLAG,
      nextToken: token,
      limit: whole(1, 50),
    },
    "logGroupName",
  ),
  GetLogEvents: structure(
    {
      logGroupName: group,
      logStreamName: stream,
      startTime: time,
      endTime: time,
      nextToken: token,
      limit: whole(1, 10_000),
      startFromHead: FLAG,
    },
    "logGroupName",
    "logStreamName",
  ),
  FilterLogEvents: structure(
    {
      logGroupName: group,
      logStreamNames: list(stream, 1, 100),
      logStreamNamePrefix: stream,
      startTime: time,
      endTime: time,
      filterPattern: text({ most: 1024 }),
      nextToken: token,
      limit: whole(1, 10_000),
    },
    "logGroupName",
  ),
  PutLogEvents: structure(
    {
      logGroupName: group,
      logStreamName: stream,
      logEvents: list(structure({ timestamp: time, message: text({ least: 1 }) }, "timestamp", "message"), 1, 10_000),
    },
    "logGroupName",
    "logStreamName",
    "logEvents",
  ),
}
