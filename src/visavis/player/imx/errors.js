/**
 * The one error of the reader.
 *
 * Comes in: a member's path and what is wrong with it. Goes out: `InvalidAvatar`.
 */

/** An `.imx` file that is broken, foreign or hostile. */
export class InvalidAvatar extends Error {
  /**
   * @param {string} member the member of the file that is wrong, "" for the file as a whole
   * @param {string} reason what is wrong with it, in plain words
   */
  constructor(member, reason) {
    super(member ? `${member}: ${reason}` : reason);
    this.name = "InvalidAvatar";
    this.member = member;
    this.reason = reason;
  }
}
