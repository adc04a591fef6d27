// Package metric holds the figures that the rooms keep of themselves and writes
// them as Prometheus reads them: text format 0.0.4 and OpenMetrics 1.0.0.
//
// Written by hand: four kinds of figure and two formats are 300 lines, where
// prometheus/client_golang brings seven modules, protobuf among them, and a
// registry that anything in the program may add to. Here the caller lists what
// there is at each scrape, so that what leaves the box stands in one place.
//
// No label may hold what people typed or are called, and each takes its values
// from a closed list or is bounded (Counts).
package metric
