package auth

import (
	"context"

	"coffre/store"
)

// AskReset is a request for a way into somebody's account that two people give.
type AskReset struct {
	Kind     string // store.ApproveFactors or store.ApproveLink
	UserID   string
	Reason   string
	PaperKey string // recovery key of the emergency kit, where nobody else could approve
	Request  string
}

// AskReset asks for another administrator's approval to take somebody's second
// factors away, or to make a link for a guarded account. Nobody asks for their own
// factors, which would make a stolen session lasting. Errors: Denied "not-allowed";
// Conflict "factor-own", and those of store.Tenant.RequestApproval.
func (s *Service) AskReset(ctx context.Context, t *store.Tenant, p store.Principal, r AskReset) (store.Approval, error) {
	if err := Require(p, UsersReset); err != nil {
		return store.Approval{}, err
	}
	switch {
	case r.Kind != store.ApproveFactors && r.Kind != store.ApproveLink:
		return store.Approval{}, store.Fail(store.Invalid, "bad-parameter", "name", "kind")
	case r.Kind == store.ApproveFactors && r.UserID == p.UserID && r.UserID != "":
		return store.Approval{}, store.Fail(store.Conflict, "factor-own")
	}
	return t.RequestApproval(ctx, p, store.Approval{Kind: r.Kind, Person: r.UserID, Reason: r.Reason}, r.PaperKey, r.Request)
}

// AskIdentity asks for another administrator's approval to give an outside
// identity to a guarded account. Errors: Denied "not-allowed", and those of
// store.Tenant.RequestApproval.
func (s *Service) AskIdentity(ctx context.Context, t *store.Tenant, p store.Principal, a store.Approval, paperKey, request string) (store.Approval, error) {
	if err := Require(p, UsersAdmin); err != nil {
		return store.Approval{}, err
	}
	a.Kind = store.ApproveIdentity
	return t.RequestApproval(ctx, p, a, paperKey, request)
}
