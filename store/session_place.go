package store

import (
	"slices"
	"time"
)

const maxPlaces = 20

// Place is where somebody signed in from: a network address and a browser.
type Place struct {
	Address string    `json:"address"`          // of the network
	Device  string    `json:"device,omitempty"` // browser and system, in words
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Strange bool      `json:"strange,omitempty"` // its person has not said yet that it is theirs
}

// arrive notes a sign-in from a place and tells whether it is a new one. The
// very first place of an account is nobody's surprise.
func (u *User) arrive(address, device string, at time.Time) (isNew bool) {
	i := slices.IndexFunc(u.Places, func(p Place) bool { return p.Address == address && p.Device == device })
	if i >= 0 {
		u.Places[i].Last = at
		return false
	}
	isNew = len(u.Places) > 0
	u.Places = append(u.Places, Place{Address: address, Device: device, First: at, Last: at, Strange: isNew})
	if len(u.Places) > maxPlaces {
		oldest := 0
		for i, p := range u.Places {
			if p.Last.Before(u.Places[oldest].Last) {
				oldest = i
			}
		}
		u.Places = slices.Delete(u.Places, oldest, oldest+1)
	}
	return isNew
}

// Arrive notes on an account from where it was signed in to, and tells whether
// nobody did from there before.
func (tx *Tx) Arrive(userID, address, device string) (isNew bool, err error) {
	u, err := tx.User(userID)
	if err != nil {
		return false, err
	}
	isNew = u.arrive(address, device, tx.t.now().UTC().Truncate(time.Minute))
	return isNew, users.put(tx, []byte(u.ID), u)
}

// KnowPlaces says that the places up to now are the person's own.
func (tx *Tx) KnowPlaces(userID string) (n int, err error) {
	u, err := tx.User(userID)
	if err != nil {
		return 0, err
	}
	for i := range u.Places {
		if u.Places[i].Strange {
			u.Places[i].Strange, n = false, n+1
		}
	}
	tx.Event.Object.Kind, tx.Event.Object.ID = "user", userID
	return n, users.put(tx, []byte(u.ID), u)
}
