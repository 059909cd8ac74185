# Writes the secrets of compose.yaml to the folder secrets, once. The key of the callers is in secrets/node.env.
# #region secrets
umask 077
mkdir secrets
password=$(openssl rand -hex 24)
echo "POSTGRES_PASSWORD=$password" >secrets/postgres.env
cat >secrets/node.env <<END
DEEPAAS_STORE=postgres://deepaas:$password@postgres:5432/deepaas
DEEPAAS_SECRET_KEY=$(openssl rand -base64 32)
DEEPAAS_API_KEY=$(openssl rand -hex 24)
END
cat >secrets/s3.env <<END
AWS_ACCESS_KEY_ID=$(openssl rand -hex 10)
AWS_SECRET_ACCESS_KEY=$(openssl rand -hex 24)
END
# #endregion secrets
