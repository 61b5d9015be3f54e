/** AWS regions by partition: those that the SDK of this version knows. Credentials do not cross a partition. */
const REGIONS_BY_PARTITION = {
  aws: [
    "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1 mx-central-1 sa-east-1 sa-west-1",
    "eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3",
    "ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1",
    "ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7",
    "af-south-1 il-central-1 me-central-1 me-south-1 me-west-1",
  ],
  "aws-cn": ["cn-north-1 cn-northwest-1"],
  "aws-us-gov": ["us-gov-east-1 us-gov-west-1"],
  "aws-eusc": ["eusc-de-east-1"],
  "aws-iso": ["us-iso-east-1 us-iso-west-1"],
  "aws-iso-b": ["us-isob-east-1 us-isob-west-1"],
  "aws-iso-e": ["eu-isoe-west-1"],
  "aws-iso-f": ["us-isof-east-1 us-isof-south-1"],
} as const

/** Beginnings of region names by partition, longest first, for a region that is newer than the list above. */
const PREFIXES: readonly (readonly [prefix: string, partition: string])[] = [
  ["us-isob-", "aws-iso-b"],
  ["us-isof-", "aws-iso-f"],
  ["us-iso-", "aws-iso"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-gov-", "aws-us-gov"],
  ["eusc-", "aws-eusc"],
  ["cn-", "aws-cn"],
]

export const KNOWN_REGIONS: ReadonlySet<string> = new Set(
  Object.values(REGIONS_BY_PARTITION).flatMap((lines) => lines.flatMap((line) => line.split(" "))),
)

/** Whether a text has the shape of a region's name, `xx-word-1`: how a manifest without a header is told. */
export function looksLikeRegion(text: string): boolean {
  return /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(text)
}

/** `aws`, `aws-cn`, `aws-us-gov`, … */
export function partitionOf(region: string): string {
  return PREFIXES.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "aws"
}

/** Ends of host names by partition, as the AWS SDK's endpoint rules have them. */
const DNS_SUFFIXES: Readonly<Record<string, string>> = {
  "aws-cn": "amazonaws.com.cn",
  "aws-eusc": "amazonaws.eu",
  "aws-iso": "c2s.ic.gov",
  "aws-iso-b": "sc2s.sgov.gov",
  "aws-iso-e": "cloud.adc-e.uk",
  "aws-iso-f": "csp.hci.ic.gov",
}

/** `amazonaws.com`, and another one in most other partitions. */
export function dnsSuffixOf(region: string): string {
  return DNS_SUFFIXES[partitionOf(region)] ?? "amazonaws.com"
}
