package store

import "coffre/chain"

// Actor is who acts. Person is the user whose data key seals the private part
// of the entry; "" means the tenant's own key.
type Actor struct {
	chain.Actor
	Person string
}

// System is a part of the box acting by itself.
func System(id string) Actor { return Actor{Actor: chain.Actor{Kind: "system", ID: id}} }

// CLI is somebody with the data directory in hand, named by numeric user id.
func CLI(id string) Actor { return Actor{Actor: chain.Actor{Kind: "cli", ID: id}} }

// Person is a signed-in user.
func Person(userID string) Actor {
	return Actor{Actor: chain.Actor{Kind: "user", ID: userID}, Person: userID}
}

// APIKey is a program that acts for a user.
func APIKey(keyID, userID string) Actor {
	return Actor{Actor: chain.Actor{Kind: "api_key", ID: keyID}, Person: userID}
}
