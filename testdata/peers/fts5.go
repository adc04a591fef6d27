package main

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	_ "github.com/mattn/go-sqlite3"

	"coffre/index"
)

// fts5 is SQLite's full-text index with the porter tokenizer, its passages'
// access classes in a table beside it, as a person would write it. Durable
// after each transaction of four thousand passages, as the product is.
type fts5 struct {
	db      *sql.DB
	dir     string
	queries []asking
	without bool // the stop words of a question are left out
}

func newFTS5(args []string) (contestant, error) {
	db, err := sql.Open("sqlite3", filepath.Join(args[0], "fts-"+args[1]+".db")+"?_journal_mode=WAL&_synchronous=FULL&_cache_size=-200000")
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(1)
	f := &fts5{db: db, dir: args[0], without: len(args) > 2 && args[2] == "stop"}
	f.queries, err = readQueries(f.dir)
	return f, err
}

func (f *fts5) build() (n int, err error) {
	for _, s := range []string{
		"drop table if exists p", "drop table if exists passage",
		"create virtual table p using fts5(title, text, tokenize = 'porter unicode61 remove_diacritics 2')",
		"create table passage(id integer primary key, class integer not null)",
	} {
		if _, err := f.db.Exec(s); err != nil {
			return 0, err
		}
	}
	err = eachBatch(f.dir, func(batch []passage) error {
		n += len(batch)
		return f.insert(batch)
	})
	return n, err
}

func (f *fts5) insert(batch []passage) error {
	tx, err := f.db.Begin()
	if err != nil {
		return err
	}
	words, err := tx.Prepare("insert into p(rowid, title, text) values (?, ?, ?)")
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	classes, err := tx.Prepare("insert into passage(id, class) values (?, ?)")
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	for _, p := range batch {
		_, one := words.Exec(p.Ordinal, p.Title, p.Text)
		_, two := classes.Exec(p.Ordinal, p.Class)
		if err := errors.Join(one, two); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func (f *fts5) ask(query int) ([]int32, error) {
	q := f.queries[query%len(f.queries)]
	match := q.anyWord(f.without)
	if match == "" {
		return nil, nil
	}
	args := []any{match}
	for _, c := range q.Classes {
		args = append(args, c)
	}
	return rowids(f.db.Query("select p.rowid from p join passage on passage.id = p.rowid where p match ? and passage.class in (?"+
		strings.Repeat(", ?", len(q.Classes)-1)+") order by bm25(p, 0.2, 1.0) limit 10", args...))
}

func (f *fts5) close() error { return f.db.Close() }

// anyWord is the question in FTS5's language: any of its words.
func (q asking) anyWord(without bool) string {
	var words []string
	lang := index.DetectLanguage(q.Text)
	for _, w := range strings.FieldsFunc(q.Text, func(r rune) bool { return strings.ContainsRune(" ,.;:!?'’()[]\"«»\u00a0\u202f\t\n/*+-", r) }) {
		if !without || len(index.Words(w, lang)) > 0 {
			words = append(words, `"`+w+`"`)
		}
	}
	return strings.Join(words, " OR ")
}
