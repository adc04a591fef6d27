package main

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/coder/hnsw"
	"github.com/mattn/go-sqlite3"
)

// coder is github.com/coder/hnsw at its newest tag: the day it is good we want
// to see it.
type coder struct {
	graph   *hnsw.Graph[int]
	queries []float32
	dir     string
}

func newCoder(args []string) (contestant, error) {
	c := &coder{graph: hnsw.NewGraph[int](), dir: args[0]}
	c.graph.M, c.graph.EfSearch, c.graph.Distance = links, ef, hnsw.CosineDistance
	var err error
	c.queries, err = readFloats(filepath.Join(c.dir, "queries.f32"))
	return c, err
}

func (c *coder) build() (n int, err error) {
	defer recovered(&err)
	base, err := readFloats(filepath.Join(c.dir, "base.f32"))
	if err != nil {
		return 0, err
	}
	for ; n < len(base)/dimensions; n++ {
		c.graph.Add(hnsw.MakeNode(n, base[n*dimensions:][:dimensions]))
	}
	return n, nil
}

func (c *coder) ask(query int) (ids []int32, err error) {
	defer recovered(&err)
	for _, n := range c.graph.Search(c.queries[query%asked*dimensions:][:dimensions], nearest) {
		ids = append(ids, int32(n.Key))
	}
	return ids, nil
}

func (c *coder) close() error { return nil }

func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("it panicked: %v", r)
	}
}

// sqliteVec is the sqlite-vec extension: a vec0 table, asked as its README says.
type sqliteVec struct {
	db      *sql.DB
	one     *sql.Stmt
	queries []float32
	dir     string
}

func newSQLiteVec(args []string) (contestant, error) {
	sql.Register("sqlite3_vec", &sqlite3.SQLiteDriver{Extensions: []string{strings.TrimSuffix(args[1], ".so")}})
	db, err := sql.Open("sqlite3_vec", filepath.Join(args[0], "vec.db")+"?_journal_mode=WAL&_synchronous=NORMAL")
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(1)
	s := &sqliteVec{db: db, dir: args[0]}
	s.queries, err = readFloats(filepath.Join(s.dir, "queries.f32"))
	return s, err
}

func (s *sqliteVec) build() (n int, err error) {
	base, err := readFloats(filepath.Join(s.dir, "base.f32"))
	if err != nil {
		return 0, err
	}
	if _, err := s.db.Exec(fmt.Sprintf("create virtual table v using vec0(e float[%d])", dimensions)); err != nil {
		return 0, err
	}
	tx, err := s.db.Begin()
	if err != nil {
		return 0, err
	}
	for ; n < len(base)/dimensions; n++ {
		if _, err := tx.Exec("insert into v(rowid, e) values (?, ?)", n, blob(base[n*dimensions:][:dimensions])); err != nil {
			return n, errors.Join(err, tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return n, err
	}
	s.one, err = s.db.Prepare("select rowid from v where e match ? and k = ? order by distance")
	return n, err
}

func (s *sqliteVec) ask(query int) ([]int32, error) {
	return rowids(s.one.Query(blob(s.queries[query%asked*dimensions:][:dimensions]), nearest))
}

func (s *sqliteVec) close() error { return s.db.Close() }

func blob(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func rowids(rows *sql.Rows, err error) (ids []int32, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int32
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
