package store

import "time"

// Job is work that must survive a kill: the extraction of a version. It is in
// the database from the commit that accepted the file until it has succeeded;
// a failed one stays, visible, until somebody retries it.
type Job struct {
	Document string    `json:"document"`
	Version  string    `json:"version"`
	Failed   bool      `json:"failed,omitempty"`
	Code     string    `json:"code,omitempty"`
	Since    time.Time `json:"since"`
}

var jobs = table[Job]("jobs")

// Job returns the job of a version.
func (v *View) Job(version string) (Job, error) { return jobs.get(v, []byte(version)) }

// Jobs returns all jobs, waiting and failed.
func (v *View) Jobs() ([]Job, error) { return jobs.all(v) }

func (tx *Tx) putJob(j Job) error {
	j.Since = tx.t.now().UTC()
	return jobs.put(tx, []byte(j.Version), j)
}

func (tx *Tx) deleteJob(j Job) error { return jobs.delete(tx, []byte(j.Version)) }

// RetryDocument queues a document's failed extraction again.
func (tx *Tx) RetryDocument(p Principal, id string) (Job, error) {
	d, _, err := tx.writable(p, id)
	if err != nil {
		return Job{}, err
	}
	if len(d.Versions) == 0 {
		return Job{}, errDamaged
	}
	last := &d.Versions[len(d.Versions)-1]
	j, err := tx.Job(last.ID)
	if err != nil || !j.Failed {
		return Job{}, Fail(Conflict, "not-failed", "name", d.Name)
	}
	last.Status, last.Code, j.Failed, j.Code = Queued, "", false, ""
	tx.Event.Object.Kind, tx.Event.Object.ID = "document", d.ID
	if err := documents.put(tx, []byte(d.ID), d); err != nil {
		return j, err
	}
	return j, tx.putJob(j)
}

// JobFile returns the version that a job is about, and its document.
func (v *View) JobFile(j Job) (Document, Version, error) {
	d, err := documents.get(v, []byte(j.Document))
	if err != nil {
		return d, Version{}, err
	}
	ver, ok := d.Version(j.Version)
	if !ok {
		return d, ver, errNotFound
	}
	return d, ver, nil
}
