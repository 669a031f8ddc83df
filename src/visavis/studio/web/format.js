// Moments, sizes and numbers as people read them.

/** @param {string | null | undefined} moment ISO */
export const when = (moment) => {
  if (!moment) return "never";
  const seconds = (Date.now() - Date.parse(moment)) / 1000;
  if (seconds >= 0 && seconds < 90) return "just now";
  if (seconds >= 0 && seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds >= 0 && seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
  return new Date(moment).toLocaleDateString(undefined, {day: "numeric", month: "short", year: "numeric"});
};

/** @param {number} bytes */
export const size = (bytes) => bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(Math.round(bytes / 1e3), 1)} kB`;

/** @param {number} seconds */
export const minutes = (seconds) => {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${(seconds / 60).toLocaleString(undefined, {maximumFractionDigits: 1})} min`;
  return `${(seconds / 3600).toLocaleString(undefined, {maximumFractionDigits: 1})} h`;
};

/** @param {number} micro millionths of a credit */
export const credits = (micro) => (micro / 1e6).toLocaleString(undefined, {maximumFractionDigits: 2});

/** @param {number} cents @param {string} currency */
export const money = (cents, currency) =>
  (cents / 100).toLocaleString(undefined, {style: "currency", currency: currency.toUpperCase(), minimumFractionDigits: cents % 100 ? 2 : 0});
