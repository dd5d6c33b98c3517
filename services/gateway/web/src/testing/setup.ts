import '@/lib/format'
