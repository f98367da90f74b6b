//! The Kubernetes API: kubeconfig, discovery, apply, watch, wait and release records.
