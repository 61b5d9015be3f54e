/** Regions as the caller's account has them. */
export interface RegionBook {
  /** False: the region refuses credentials that another accepts, as one does that is not enabled for the account. Repeatable. Errors: `denied`, `unavailable`. */
  isEnabled(region: string): Promise<boolean>
  /** The service's clock less ours, in milliseconds, to about a second; null: it did not say. Errors as above. */
  clockOffset(region: string): Promise<number | null>
}
