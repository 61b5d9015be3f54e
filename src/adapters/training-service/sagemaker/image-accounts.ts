/**
 * Who owns AWS's own training images: `framework` the deep learning containers, `script` their forerunners
 * (sagemaker-tensorflow-scriptmode, sagemaker-pytorch, sagemaker-mxnet), `sklearn` sagemaker-scikit-learn and sagemaker-xgboost, and
 * three groups of built-in algorithms beside `lda`, each with accounts of its own.
 */
export type ImageOwner = "framework" | "script" | "sklearn" | "linear" | "vision" | "deepar" | "lda"

const OWNERS: readonly ImageOwner[] = ["framework", "script", "sklearn", "linear", "vision", "deepar", "lda"]

/**
 * Account by region and owner; `-`: it has no images there. AWS publishes them as "Docker registry paths"
 * (docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths); the isolated regions as its Python SDK 2.257.6 knows them.
 */
const ACCOUNTS = `
af-south-1      626614931356 313743910680 510948584623 455444449433 455444449433 455444449433 -
ap-east-1       871362719292 057415533634 651117190479 286214385809 286214385809 286214385809 -
ap-east-2       975050140332 -            -            -            -            -            -
ap-northeast-1  763104351884 520713654638 354813040037 351501993468 501404015308 633353088612 258307448986
ap-northeast-2  763104351884 520713654638 366743142698 835164637446 306986355934 204372634319 293181348795
ap-northeast-3  364406365360 -            867004704886 867004704886 867004704886 867004704886 -
ap-south-1      763104351884 520713654638 720646828776 991648021394 991648021394 991648021394 991648021394
ap-south-2      772153158452 -            628508329040 628508329040 628508329040 628508329040 -
ap-southeast-1  763104351884 520713654638 121021644041 475088953585 475088953585 475088953585 475088953585
ap-southeast-2  763104351884 520713654638 783357654285 712309505854 544295431143 514117268639 297031611018
ap-southeast-3  907027046896 -            951798379941 951798379941 951798379941 951798379941 -
ap-southeast-4  457447274322 -            106583098589 106583098589 106583098589 106583098589 -
ap-southeast-5  550225433462 -            -            -            -            -            -
ap-southeast-6  633930458069 -            -            -            -            -            -
ap-southeast-7  590183813437 -            -            -            -            -            -
ca-central-1    763104351884 520713654638 341280168497 469771592824 469771592824 469771592824 469771592824
ca-west-1       204538143572 -            190319476487 190319476487 190319476487 190319476487 -
cn-north-1      727897471807 422961961927 450853457545 390948362332 390948362332 390948362332 -
cn-northwest-1  727897471807 423003514399 451049120500 387376663083 387376663083 387376663083 -
eu-central-1    763104351884 520713654638 492215442770 664544806723 813361260812 495149712605 353608530281
eu-central-2    380420809688 -            680994064768 680994064768 680994064768 680994064768 -
eu-north-1      763104351884 520713654638 662702820516 669576153137 669576153137 669576153137 -
eu-south-1      692866216735 048378556238 978288397137 257386234256 257386234256 257386234256 -
eu-south-2      503227376785 -            104374241257 104374241257 104374241257 104374241257 -
eu-west-1       763104351884 520713654638 141502667606 438346466558 685385470294 224300973850 999678624901
eu-west-2       763104351884 520713654638 764974769150 644912444149 644912444149 644912444149 644912444149
eu-west-3       763104351884 520713654638 659782779980 749696950732 749696950732 749696950732 -
il-central-1    780543022126 -            898809789911 898809789911 898809789911 898809789911 -
me-central-1    914824155844 -            272398656194 272398656194 272398656194 272398656194 -
me-south-1      217643126080 724002660598 801668240914 249704162688 249704162688 249704162688 -
mx-central-1    637423239942 -            -            -            -            -            -
sa-east-1       763104351884 520713654638 737474898029 855470959533 855470959533 855470959533 -
us-east-1       763104351884 520713654638 683313688378 382416733822 811284229777 522234722520 766337827248
us-east-2       763104351884 520713654638 257758044811 404615174143 825641698319 566113047672 999911452149
us-gov-east-1   446045086412 -            237065988967 237065988967 237065988967 237065988967 -
us-gov-west-1   442386744353 246785580436 414596584902 226302683700 226302683700 226302683700 226302683700
us-iso-east-1   886529160074 744548109606 833128469047 490574956308 490574956308 490574956308 490574956308
us-isob-east-1  094389454867 453391408702 281123927165 765400339828 765400339828 765400339828 765400339828
us-isof-east-1  303241398832 -            108575199400 108575199400 108575199400 108575199400 -
us-isof-south-1 454834333376 -            124985052026 124985052026 124985052026 124985052026 -
us-west-1       763104351884 520713654638 746614075791 632365934929 632365934929 632365934929 632365934929
us-west-2       763104351884 520713654638 246618743249 174872318107 433757028032 156387875391 266724342769
`

const BY_REGION: ReadonlyMap<string, readonly string[]> = new Map(
  ACCOUNTS.trim()
    .split("\n")
    .map((line) => {
      const [region = "", ...accounts] = line.split(/\s+/)
      return [region, accounts] as const
    }),
)

/** The account whose registry holds the owner's images; null: none is known in this region. */
export function imageAccount(owner: ImageOwner, region: string): string | null {
  const account = BY_REGION.get(region)?.[OWNERS.indexOf(owner)] ?? "-"
  return account === "-" ? null : account
}

/** Regions in which the owner has images, in order. */
export function imageRegions(owner: ImageOwner): readonly string[] {
  return [...BY_REGION.keys()].filter((region) => imageAccount(owner, region) !== null)
}

/** Whether the newer deep learning containers are all that AWS has in this region: no MXNet and no built-in algorithms. */
export function hasFrameworksOnly(region: string): boolean {
  return OWNERS.every((owner) => (imageAccount(owner, region) !== null) === (owner === "framework"))
}

/** Owner of each built-in algorithm's image, which has the algorithm's name and the tag 1. */
export const BUILT_IN_OWNERS: Readonly<Record<string, ImageOwner>> = {
  blazingtext: "vision",
  "factorization-machines": "linear",
  "forecasting-deepar": "deepar",
  "image-classification": "vision",
  ipinsights: "linear",
  kmeans: "linear",
  knn: "linear",
  lda: "lda",
  "linear-learner": "linear",
  ntm: "linear",
  "object-detection": "vision",
  object2vec: "linear",
  pca: "linear",
  randomcutforest: "linear",
  "semantic-segmentation": "vision",
  seq2seq: "vision",
}
