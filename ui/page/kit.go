package page

import (
	"strconv"
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// PaperKit is what opens the firm's backups, as it is printed: shown once.
type PaperKit struct {
	Words []string // 24; secret
	Code  Part     // the identity as age writes it; secret
	Mark  string   // of the recipient: says which kit this is
	Asked []int    // places of the words to be typed back, from 1
}

// BackupKit is what the box knows of the kit in use.
type BackupKit struct {
	Mark      string // "": none was made
	Made      time.Time
	Confirmed time.Time // zero: not typed back yet
	Former    []FormerKit
	// Asked are the places of the words that would confirm a kit that was shown a
	// short time ago; none: all of the paper is asked for.
	Asked []int
	// Waiting is the mark of a new kit that takes the place of this one once its
	// words are typed back.
	Waiting string
}

// FormerKit opens the backups of its time.
type FormerKit struct {
	Mark        string
	Made, Ended time.Time
}

// KitSheet is a new kit, on a page of its own.
type KitSheet struct {
	look.Frame
	Paper    PaperKit
	Replaces string // mark of the kit in use so far, "" for none
	Date     string
	Two      OpenerTwo // of a kit that takes another one's place
}

// WordField is the name of the form field for a word, by its place.
func WordField(place int) string { return "word-" + strconv.Itoa(place) }

func wordInput(l words.Lang, place int, fault string) look.Input {
	return look.Input{Name: WordField(place), Label: l.T("kit.word", "n", place), Required: true, MaxLength: 40, Fault: fault}
}

func (v KitSheet) frame() look.Frame {
	f := v.Frame
	f.Once = true
	return f
}
