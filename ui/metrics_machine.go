package ui

import (
	"runtime"
	"runtime/metrics"
	"strconv"
	"syscall"
	"time"

	"coffre/store"
	"coffre/store/metric"
	"coffre/ui/health/machine"
)

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (s *Server) writeBuild(w *metric.Writer) {
	w.Gauge("coffre_build_info", "This build; the figure is always 1.")
	w.Set(1, "version", s.Version, "goversion", runtime.Version(), "platform", runtime.GOOS+"/"+runtime.GOARCH, "format", strconv.Itoa(store.Format))
}

// writeMachine writes what is counted for all firms together.
func (s *Server) writeMachine(w *metric.Writer) {
	s.meters.write(w)
	s.writeQuestions(w)
	m := s.Root.Meters()
	w.Durations("coffre_search_seconds", "Searches, those for answers and checks included.")
	w.Histogram(&m.Search)
	w.Durations("coffre_commit_seconds", "Commits of the database, fsync included.")
	w.Histogram(&m.Commit)
	w.Counter("coffre_chain_appends", "Entries appended to the journals since the start; several share a commit.")
	w.Set(float64(m.Acts.Value()))
	if s.Auth != nil {
		writeCounts(w, "coffre_signin_failures", "Failed sign-ins since the start.", s.Auth.FailureCounts())
	}
	if s.Egress != nil {
		writeCounts(w, "coffre_egress_refused", "Connections that the gate refused since the start.", s.Egress.RefusalCounts())
	}
	if s.Logs != nil {
		w.Counter("coffre_log_lines_lost", "Lines of the technical log that could not be written.")
		w.Set(float64(s.Logs.Lost()))
	}
	s.writeCertificate(w)
	s.writeProcess(w)
	writeRuntime(w)
}

// writeCounts writes a counter by reason.
func writeCounts(w *metric.Writer, name, help string, c *metric.Counts) {
	w.Counter(name, help)
	c.Each(func(word string, n uint64) { w.Set(float64(n), "reason", word) })
}

func (s *Server) writeQuestions(w *metric.Writer) {
	if s.Asker != nil {
		m := s.Asker.Meters()
		w.Counter("coffre_questions", "Questions, by what became of them.")
		m.Outcomes.Each(func(outcome string, n uint64) { w.Set(float64(n), "outcome", outcome) })
		w.Durations("coffre_question_first_token_seconds", "From a question to the first word of its answer.")
		w.Histogram(&m.First)
		w.Durations("coffre_question_seconds", "From a question to the end of its answer.")
		w.Histogram(&m.Total)
	}
	if s.Runtime != nil {
		running, waiting := s.Runtime.Load()
		w.Gauge("coffre_model_questions", "Questions at the model, and those that wait for it.")
		w.Set(float64(running), "state", "running")
		w.Set(float64(waiting), "state", "waiting")
	}
}

func (s *Server) writeCertificate(w *metric.Writer) {
	if s.Health == nil {
		return
	}
	if ends, ok := s.Health.CertificateEnds(); ok {
		w.Gauge("coffre_certificate_expiry_timestamp_seconds", "When the certificate that is shown ends.")
		w.Set(seconds(ends))
	}
}

// writeProcess names the process as Prometheus' own libraries do.
func (s *Server) writeProcess(w *metric.Writer) {
	w.Gauge("process_start_time_seconds", "When the box was started.")
	w.Set(seconds(s.started))
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) == nil {
		w.Counter("process_cpu_seconds", "Processor time of the box, without its children.")
		w.Set(time.Duration(use.Utime.Nano() + use.Stime.Nano()).Seconds())
	}
	if open, most, err := machine.OpenFiles(); err == nil {
		w.Gauge("process_open_fds", "Files and connections that are open.")
		w.Set(float64(open))
		w.Gauge("process_max_fds", "How many may be.")
		w.Set(float64(most))
	}
	if resident, err := machine.Resident(); err == nil {
		w.Gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.")
		w.Set(float64(resident))
	}
}

// goFigures are read from Go's runtime, without stopping it.
var goFigures = []struct{ name, kind, from, help string }{
	{"go_goroutines", "gauge", "/sched/goroutines:goroutines", "Goroutines that exist."},
	{"go_memory_heap_bytes", "gauge", "/memory/classes/heap/objects:bytes", "Memory of objects, and of garbage that is not swept yet."},
	{"go_memory_total_bytes", "gauge", "/memory/classes/total:bytes", "Memory that Go's runtime has mapped."},
	{"go_memory_released_bytes", "gauge", "/memory/classes/heap/released:bytes", "Of it, what was given back to the system."},
	{"go_gc_cycles", "counter", "/gc/cycles/total:gc-cycles", "Collections of garbage."},
	{"go_allocated_bytes", "counter", "/gc/heap/allocs:bytes", "Memory allocated since the start."},
	{"go_gc_cpu_seconds", "counter", "/cpu/classes/gc/total:cpu-seconds", "Processor time of collecting garbage, an estimate."},
}

func writeRuntime(w *metric.Writer) {
	samples := make([]metrics.Sample, len(goFigures))
	for i, f := range goFigures {
		samples[i].Name = f.from
	}
	metrics.Read(samples)
	for i, f := range goFigures {
		v := samples[i].Value
		var n float64
		switch v.Kind() {
		case metrics.KindUint64:
			n = float64(v.Uint64())
		case metrics.KindFloat64:
			n = v.Float64()
		default:
			continue // another version of Go has other names
		}
		if f.kind == "counter" {
			w.Counter(f.name, f.help)
		} else {
			w.Gauge(f.name, f.help)
		}
		w.Set(n)
	}
}
