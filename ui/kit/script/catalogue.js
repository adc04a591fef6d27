// In the page the catalogue is assembled from words.json and the sentences of coffre's own pages; this file
// stands in for it where the scripts run outside of a page.
export const catalogue = {};
