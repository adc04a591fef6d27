package cli

import (
	"context"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/words"
	"coffre/vault"
	"coffre/vault/paper"
)

// MakeFirm sets a new box up as `coffre init` was told, on behalf of the local
// user whose name is given: the firm, its first administrator with an API key,
// and the words of the backups' kit.
func MakeFirm(ctx context.Context, root *store.Root, service *auth.Service, user string, q InitRequest) (InitResult, error) {
	var out InitResult
	op := store.Operator(user)
	res, err := service.Setup(ctx, root, op.Actor, auth.SetupRequest{
		Firm: q.Firm, TenantID: q.Tenant, AdminName: q.Admin, Login: q.Login, Password: q.Password, Lang: q.Lang,
		Collection: words.Lang(q.Lang).T("setup.first-collection"),
	})
	if err != nil {
		return out, err
	}
	out = InitResult{
		Tenant: res.TenantID, Admin: res.Admin.Login,
		FirstKey: res.Kit.FirstKey, RecoveryKey: res.Kit.RecoveryKey, RecoverySecret: res.Kit.RecoverySecret,
	}
	if own := root.TakeBoxKit(); own != nil {
		out.BoxFirstKey, out.BoxRecoveryKey, out.BoxRecoverySecret = own.FirstKey, own.RecoveryKey, own.RecoverySecret
	}
	t, release, err := root.Acquire(res.TenantID)
	if err != nil {
		return out, err
	}
	defer release()
	kit, err := t.MakeBackupKit(ctx, op.Actor, "")
	if err != nil {
		return out, err
	}
	out.BackupWords, out.BackupMark = kit.Words(paper.Lang(q.Lang)), vault.RecipientMark(kit.Recipient())
	out.APIKey, _, err = service.CreateKey(ctx, t, op, res.Admin.ID, "init")
	return out, err
}
