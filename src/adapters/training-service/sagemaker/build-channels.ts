import type { Channel as ChannelInput, DataSource } from "@aws-sdk/client-sagemaker"
import type { Channel, JobSpec } from "../../../core/job/job-spec.ts"

/** Under network isolation the code travels as this channel. */
export const CODE_CHANNEL = "code"

/** `InputDataConfig` of a row: what is the service's default is left out, and so is a mode that the row does not name. */
export function buildChannels(spec: JobSpec): readonly ChannelInput[] {
  return spec.channels.map((channel) => buildChannel(channel, inputMode(spec)))
}

/** The whole job's input mode. */
export function inputMode(spec: JobSpec): Channel["inputMode"] {
  return spec.service?.inputMode ?? "File"
}

/** The channel that brings the packed code to a container without a network. */
export function codeChannel(uri: string): ChannelInput {
  const S3DataSource = { S3DataType: "S3Prefix", S3Uri: uri, S3DataDistributionType: "FullyReplicated" } as const
  return { ChannelName: CODE_CHANNEL, DataSource: { S3DataSource } }
}

function buildChannel(channel: Channel, jobMode: Channel["inputMode"]): ChannelInput {
  const { name, contentType, compression, recordWrapper, shuffleSeed, hasOwnMode } = channel
  return {
    ChannelName: name,
    DataSource: fileSystem(channel) ?? bucket(channel),
    ...(contentType === null ? {} : { ContentType: contentType }),
    ...(compression === "None" ? {} : { CompressionType: compression }),
    ...(recordWrapper === "None" ? {} : { RecordWrapperType: recordWrapper }),
    ...(channel.inputMode === jobMode && hasOwnMode !== true ? {} : { InputMode: channel.inputMode }),
    ...(shuffleSeed === undefined ? {} : { ShuffleConfig: { Seed: shuffleSeed } }),
  }
}

function bucket({ uri, dataType, distribution, attributes, groups }: Channel): DataSource {
  return {
    S3DataSource: {
      S3DataType: dataType,
      S3Uri: uri,
      S3DataDistributionType: distribution,
      ...(groups === undefined ? {} : { InstanceGroupNames: [...groups] }),
      ...(attributes === undefined ? {} : { AttributeNames: [...attributes] }),
    },
  }
}

/** `efs://fs-…/folder` and `fsx://fs-…/folder`; null: the channel lies in S3. */
function fileSystem({ uri, isWritable }: Channel): DataSource | null {
  const [, scheme, id, folder] = /^(efs|fsx):\/\/([^/]+)(\/.*)?$/.exec(uri) ?? []
  if (scheme === undefined) return null
  return {
    FileSystemDataSource: {
      FileSystemId: id,
      FileSystemType: scheme === "efs" ? "EFS" : "FSxLustre",
      DirectoryPath: folder ?? "/",
      FileSystemAccessMode: isWritable === true ? "rw" : "ro",
    },
  }
}
