/**
 * The API has no version number, but its documents describe three shapes of the same endpoint:
 * `current` (platform.kore.ai today), `v7` (as introduced with platform 7.1) and `xo` (the pages between them).
 */
export const EDITIONS = ['current', 'v7', 'xo'] as const;
export type Edition = (typeof EDITIONS)[number];

/** What one edition shows of a person, what it accepts and how it words a failure. */
export interface EditionTraits {
  /** `userInfo.status` and `userInfo.lastLogin`. */
  readonly showsStatus: boolean;
  /** `groups` on each role: the names of the groups it comes through. */
  readonly showsSources: boolean;
  /** `assignBotTasks`. */
  readonly showsTasks: boolean;
  readonly acceptsOrgUserIds: boolean;
  /** A lone failed entry is answered with the failure itself, not with a list of one. */
  readonly bareFailure: boolean;
  /** `reason` of an entry that leads to nobody. */
  readonly notFound: unknown;
}

const NOT_FOUND = 'User not found. Please check the provided email address.';
const NOT_FOUND_ERRORS = [{ msg: NOT_FOUND, code: 400 }];

export const EDITION_TRAITS: Readonly<Record<Edition, EditionTraits>> = {
  current: {
    showsStatus: true,
    showsSources: false,
    showsTasks: false,
    acceptsOrgUserIds: false,
    bareFailure: false,
    notFound: { errors: NOT_FOUND_ERRORS },
  },
  v7: {
    showsStatus: false,
    showsSources: true,
    showsTasks: true,
    acceptsOrgUserIds: true,
    bareFailure: true,
    notFound: 'Invalid emailId',
  },
  xo: {
    showsStatus: true,
    showsSources: true,
    showsTasks: true,
    acceptsOrgUserIds: true,
    bareFailure: false,
    notFound: {
      statusCode: 400,
      status: 400,
      customCode: 400,
      errors: NOT_FOUND_ERRORS,
      _headers: {},
      message: NOT_FOUND,
      name: 'BadRequest',
    },
  },
};
