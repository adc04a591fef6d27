package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
)

// backupFigures are what `endure backup --json` prints: times in milliseconds,
// rates in MB/s (10⁶ bytes), memory in MB.
type backupFigures struct {
	MB            int                `json:"mb"`
	People        int                `json:"people"`
	Rounds        int                `json:"rounds"`
	Alone         map[string]latency `json:"alone"`
	Beside        map[string]latency `json:"beside_a_backup"`
	MedianRatio   float64            `json:"median_ratio"`
	BusyMBs       float64            `json:"backup_beside_people_mb_s"`
	BackupMBs     float64            `json:"backup_mb_s"`
	AgeMBs        float64            `json:"age_library_mb_s"`
	AgeProgramMBs float64            `json:"age_program_mb_s,omitempty"`
	AgeRatio      float64            `json:"age_ratio"`
	AnonBefore    float64            `json:"anonymous_memory_before_mb"`
	AnonPeak      float64            `json:"anonymous_memory_peak_mb"`
	RestoreS      float64            `json:"restore_s"`
	CopyS         float64            `json:"plain_copy_s"`
	Load          string             `json:"load"`
}

type latency struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
}

func (t *times) figures() map[string]latency {
	out := map[string]latency{}
	for what, all := range t.all {
		slices.Sort(all)
		ms := func(q float64) float64 {
			return float64(all[min(len(all)-1, int(q*float64(len(all))))].Microseconds()) / 1000
		}
		out[what] = latency{len(all), ms(0.5), ms(0.95)}
	}
	return out
}

// backupMain measures backups while people work.
func backupMain(args []string) error {
	fl := flag.NewFlagSet("backup", flag.ExitOnError)
	program := fl.String("coffre", "", "the program")
	mb := fl.Int("mb", 2000, "size of the box, MB")
	people := fl.Int("people", 20, "people at work")
	rounds := fl.Int("rounds", 3, "phases of each kind")
	dir := fl.String("dir", os.TempDir(), "where it writes: three times the size")
	strict := fl.Bool("strict", false, "fail where a figure is missed")
	fl.Parse(args)
	scratch, err := os.MkdirTemp(*dir, "endure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	f, err := makeFirm(*program, filepath.Join(scratch, "firm"), 8)
	if err != nil {
		return err
	}
	m := &measured{firm: f, program: *program, dir: scratch, out: backupFigures{MB: *mb, People: *people, Rounds: *rounds, Load: load()}}
	if err := m.run(); err != nil {
		return err
	}
	raw, err := json.Marshal(m.out)
	if err != nil {
		return err
	}
	fmt.Println(string(raw))
	o := m.out
	if *strict && (o.MedianRatio > 1.5 || o.AgeRatio < 0.7) {
		return fmt.Errorf("median %.2f times as long beside a backup (at most 1.5 wanted), %.2f of age's rate (0.7 wanted)", o.MedianRatio, o.AgeRatio)
	}
	if o.AnonPeak > o.AnonBefore+160 {
		return fmt.Errorf("a backup took %.0f MB of memory", o.AnonPeak-o.AnonBefore)
	}
	return nil
}

func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

type measured struct {
	*firm
	program, dir string
	box          *box
	out          backupFigures
}

func (m *measured) run() (err error) {
	if m.box, err = start(m.program, m.data, m.key); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			m.box.kill()
		}
	}()
	if err := m.fill(); err != nil {
		return err
	}
	staff, err := crew(m.box, m.out.People, 1)
	if err != nil {
		return err
	}
	if err := m.interleave(staff); err != nil {
		return err
	}
	if err := m.beside(); err != nil {
		return err
	}
	if err := m.box.stop(); err != nil {
		return err
	}
	return m.restore()
}

// fill uploads documents of 32 MB until the box is as large as wanted.
func (m *measured) fill() error {
	home, err := m.box.collection()
	for i := 0; err == nil && i*32 < m.out.MB; i++ {
		var b []byte
		if b, err = heavy(i, int64(min(32, m.out.MB-i*32))*1_000_000); err == nil {
			_, err = m.box.upload(context.Background(), home, fmt.Sprintf("dossier-%d.docx", i), b)
		}
	}
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	p := probe{documents: map[string]document{}}
	return p.checkDocuments(m.box) // until all are read
}

// interleave alternates phases without and with a backup, of equal length.
func (m *measured) interleave(staff []*person) error {
	alone, beside := &times{all: map[string][]time.Duration{}}, &times{all: map[string][]time.Duration{}}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	err := work(ctx, staff, &times{all: map[string][]time.Duration{}}) // to warm up
	cancel()
	var busy time.Duration
	for round := range m.out.Rounds {
		if err != nil {
			return err
		}
		again(staff, round)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		begun := time.Now()
		go func() {
			_, err := m.backUp(filepath.Join(m.dir, "busy.age"))
			busy += time.Since(begun)
			cancel()
			ended <- err
		}()
		err = work(ctx, staff, beside)
		if berr := <-ended; err == nil {
			err = berr
		}
		phase := time.Since(begun)
		if err == nil {
			again(staff, round)
			ctx, cancel := context.WithTimeout(context.Background(), max(phase, 5*time.Second))
			err = work(ctx, staff, alone)
			cancel()
		}
	}
	m.out.Alone, m.out.Beside = alone.figures(), beside.figures()
	m.out.MedianRatio = m.out.Beside["all"].P50 / m.out.Alone["all"].P50
	m.out.BusyMBs = float64(m.out.MB*m.out.Rounds) / busy.Seconds()
	return err
}

// backUp is the command, writing beside the box.
func (m *measured) backUp(to string) (time.Duration, error) {
	begun := time.Now()
	_, _, err := run(m.program, "backup", "create", "--out", to, "--data", m.data)
	return time.Since(begun), err
}

// beside compares with age on the same bytes, by turns, with nobody at work.
func (m *measured) beside() error {
	var settings struct {
		Settings map[string]any `json:"settings"`
	}
	if err := m.box.get("/settings", &settings); err != nil {
		return err
	}
	to := fmt.Sprint(settings.Settings["backup.recovery"])
	var ours, library, other time.Duration
	m.out.AnonBefore = m.box.anonymous()
	stop := m.box.watchMemory(&m.out.AnonPeak)
	for range m.out.Rounds {
		d, err := m.backUp(filepath.Join(m.dir, "ours.age"))
		if err != nil {
			return err
		}
		ours += d
		if d, err = m.age(to, filepath.Join(m.dir, "theirs.age")); err != nil {
			return err
		}
		library += d
		if d, err = m.ageProgram(to, filepath.Join(m.dir, "theirs.age")); err != nil {
			return err
		}
		other += d
	}
	stop()
	rate := func(d time.Duration) float64 { return float64(m.out.MB*m.out.Rounds) / d.Seconds() }
	m.out.BackupMBs, m.out.AgeMBs, m.out.AgeRatio = rate(ours), rate(library), library.Seconds()/ours.Seconds()
	if other > 0 {
		m.out.AgeProgramMBs = rate(other)
	}
	return nil
}

func (m *measured) originals() ([]string, error) {
	return filepath.Glob(filepath.Join(m.data, "tenants", "*", "files", "*"))
}

// age encrypts the same originals in a row with the library.
func (m *measured) age(to, path string) (time.Duration, error) {
	begun := time.Now()
	r, err := age.ParseHybridRecipient(to)
	if err != nil {
		return 0, err
	}
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	w, err := age.Encrypt(f, r)
	if err != nil {
		return 0, err
	}
	all, err := m.originals()
	for _, name := range all {
		in, oerr := os.Open(name)
		if oerr != nil {
			return 0, oerr
		}
		_, err = io.Copy(w, in)
		in.Close()
		if err != nil {
			return 0, err
		}
	}
	if err = w.Close(); err == nil {
		err = f.Sync()
	}
	return time.Since(begun), err
}

// ageProgram does so with the program, where there is one that knows the kind of
// recipient; else it takes no time.
func (m *measured) ageProgram(to, path string) (time.Duration, error) {
	if _, err := exec.LookPath("age"); err != nil {
		return 0, nil
	}
	all, err := m.originals()
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	cmd := exec.Command("sh", append([]string{"-c", `to=$1 out=$2; shift 2; cat "$@" | age -r "$to" > "$out" && sync "$out"`, "sh", to, path}, all...)...)
	if cmd.Run() != nil {
		return 0, nil
	}
	return time.Since(begun), nil
}

// restore restores the newest backup beside a plain copy of the same data.
func (m *measured) restore() error {
	begun := time.Now()
	_, _, err := run(m.program, "backup", "restore", filepath.Join(m.dir, "ours.age"), "--identity", m.identity, "--recovery-key", m.kit, "--data", filepath.Join(m.dir, "again"))
	if err != nil {
		return err
	}
	m.out.RestoreS = time.Since(begun).Seconds()
	os.RemoveAll(filepath.Join(m.dir, "again"))
	begun = time.Now()
	if out, err := exec.Command("cp", "-r", m.data, filepath.Join(m.dir, "copy")).CombinedOutput(); err != nil {
		return fmt.Errorf("cp: %w: %s", err, out)
	}
	m.out.CopyS = time.Since(begun).Seconds()
	return nil
}
